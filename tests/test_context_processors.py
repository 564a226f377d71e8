"""The context variables, in Django's templates, in Jinja2, and in the tests of a site."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.template import engines
from django.test import RequestFactory

from active_users import api

from .browsers import Browser
from .servers import Server

pytestmark = pytest.mark.django_db

PROCESSORS = {"context_processors": ["active_users.context_processors.active_users"]}
ENGINES = {
    "django": "django.template.backends.django.DjangoTemplates",
    "jinja2": "django.template.backends.jinja2.Jinja2",
}


@pytest.fixture(params=ENGINES)
def render(request: pytest.FixtureRequest, settings: Any) -> Any:
    """Render a template in one of Django's engines."""
    settings.TEMPLATES = [{"BACKEND": ENGINES[request.param], "NAME": request.param, "OPTIONS": PROCESSORS}]
    page = RequestFactory().get("/")

    def render(template: str) -> str:
        text: str = engines[request.param].from_string(template).render({}, page)
        return text

    return render


@pytest.fixture
def two(browser: Browser, ada: User, bob: User) -> None:
    for user in (ada, bob):
        browser.log_in(user).get("/plain")


KNOWN = "{% if active_users_known %}{{ active_users_count }} online{% else %}unknown{% endif %}"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ active_users_count }}", "2"),
        ("{% if active_users_count %}somebody{% endif %}", "somebody"),
        ("{% if active_users_count > 1 and active_users_count <= 2 %}two{% endif %}", "two"),
        ("{% if active_users_count == 2 %}two{% endif %}", "two"),
        ("{{ active_users_known }}", "True"),
        (KNOWN, "2 online"),
    ],
)
def test_the_number_is_printed_and_compared(two: None, render: Any, template: str, text: str) -> None:
    assert render(template) == text


def test_nobody_is_not_unknown(render: Any) -> None:
    assert render(KNOWN) == "0 online"
    assert render("{{ active_users_count }}") == "0"


def test_while_redis_is_down_the_number_prints_as_nothing_and_is_known_to_be_unknown(
    own_server: Server, render: Any
) -> None:
    own_server.kill()
    assert render(KNOWN) == "unknown"
    assert render("[{{ active_users_count }}]") == "[]"
    assert render("{% if active_users_count == 0 or active_users_count > 0 %}number{% endif %}") == ""


def test_a_page_that_does_not_use_the_variables_does_not_ask_redis(render: Any, server: Server) -> None:
    before = server.script_calls()
    assert render("{% if false %}{{ active_users_count }}{% endif %}nothing") == "nothing"
    assert server.script_calls() == before


def test_jinja2_counts_with_it(two: None, settings: Any) -> None:
    settings.TEMPLATES = [{"BACKEND": ENGINES["jinja2"], "NAME": "jinja2", "OPTIONS": PROCESSORS}]
    template = (
        "{{ active_users_count + 1 }} {{ 5 - active_users_count }} {{ '%03d' % active_users_count }} "
        "{{ '{:,}'.format(active_users_count) }} {{ active_users_count is number }} {{ active_users_count|int }} "
        "{{ range(active_users_count)|length }} {{ active_users_count / 2 }} {{ [active_users_count, 1]|sum }}"
    )
    rendered = engines["jinja2"].from_string(template).render({}, RequestFactory().get("/"))
    assert rendered == "3 3 002 2 True 2 2 1.0 3"


def test_in_the_tests_of_a_site_the_variable_is_the_number(browser: Browser, two: None, server: Server) -> None:
    for page, asked in (("/count", 1), ("/empty", 0)):
        before = server.script_calls()
        found = browser.get(page).context["active_users_count"]
        assert server.script_calls() - before == asked
        assert found == 2
        assert 2 == found  # noqa: SIM300
        assert found != 3
        assert isinstance(found, int)
        assert repr(found) == str(found) == "2"
        assert {found: "two"}[2] == "two"
    assert browser.get("/count").context["active_users_known"] == True  # noqa: E712
    api.clear()
    assert browser.get("/empty").context["active_users_count"] == 1  # who has just opened the page
