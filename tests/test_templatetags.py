from __future__ import annotations

import time
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Template
from django.test import RequestFactory

from active_users import api

from .browsers import Browser
from .servers import Server


def render(template: str, user: Any = None, **context: Any) -> str:
    request = RequestFactory().get("/")
    if user is not None:
        request.user = user
    return Template("{% load active_users %}" + template).render(Context({"request": request} | context))


@pytest.fixture
def online(browser: Browser, ada: User, bob: User) -> User:
    """Ada and Bob are active. Gives Ada, who was seen last."""
    for user in (bob, ada):
        browser.log_in(user).get("/plain")
        api.get_active_users_count()  # answered after the note, so the note has been made
        time.sleep(0.002)  # so that Bob and Ada are not seen in the same millisecond
    return ada


def test_the_count_is_printed_or_assigned_to_a_variable(online: User) -> None:
    assert render("{% active_users_count %}") == "2"
    assert render("{% active_users_count as n %}{% if n > 1 %}{{ n }} of us{% endif %}") == "2 of us"


def test_the_count_works_without_a_request(online: User) -> None:
    assert Template("{% load active_users %}{% active_users_count %}").render(Context()) == "2"


def test_the_list_can_be_printed_or_looped_over(online: User) -> None:
    html = render("{% active_users_list %}", online)
    assert html.split("\n") == [
        '<ul class="active-users-list">',
        "  <li><bdi>ada</bdi></li>",
        "  <li><bdi>bob</bdi></li>",
        "</ul>",
        "",
    ]
    loop = "{% for p in people %}{{ p.username }}{% endfor %} of {{ people.total }}"
    assert render("{% active_users_list limit=1 as people %}" + loop, online) == "ada of 2"
    assert render("{% active_users_list as people %}{{ people }}", online) == html
    assert render("{% active_users_list offset=1 as people %}{{ people.0.username }}", online) == "bob"


def test_the_list_is_empty_for_visitors_who_may_see_nobody(online: User) -> None:
    assert render("{% active_users_list %}").strip() == ""
    assert Template("{% load active_users %}{% active_users_list %}").render(Context()).strip() == ""


def test_a_custom_template_replaces_ours(online: User, settings: Any, tmp_path: Any) -> None:
    (tmp_path / "active_users").mkdir()
    (tmp_path / "active_users/list.html").write_text(
        "{% for p in people %}{{ p.username }};{% endfor %}{{ request.path }}"
    )
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]
    assert render("{% active_users_list %}", online) == "ada;bob;/"


def test_the_live_snippet_has_its_content_from_the_start_and_polls_for_changes(online: User, settings: Any) -> None:
    settings.ACTIVE_USERS_REFRESH_SECONDS = 7
    html = render("{% active_users_live limit=1 %}", online)
    assert "<strong>2</strong> people are online" in html
    assert html.count("<li>") == 1
    assert 'hx-get="/active-users-live/?limit=1"' in html
    assert 'hx-trigger="every 7s, visibilitychange from:document"' in html
    assert 'name="shown"' in html


def test_the_live_snippet_has_nothing_that_a_strict_policy_blocks(online: User) -> None:
    html = render("{% active_users_live %}", online)
    assert "style=" not in html
    assert " on" not in html.replace(" online", "")
    assert html.count("<script") == html.count('<script src="/static/active_users/live.js" defer></script>') == 1
    assert '<script src="/static/active_users/live.js" defer nonce="n0nce"></script>' in render(
        "{% active_users_live %}", online, csp_nonce="n0nce"
    )


def test_the_error_for_a_live_snippet_without_its_url_says_what_to_do(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.test_templatetags"
    with pytest.raises(ImproperlyConfigured, match=r'path\("", include\("active_users\.urls"\)\)'):
        render("{% active_users_live %}")


urlpatterns: list[Any] = []


def test_while_redis_is_down_every_tag_prints_nothing_or_says_so(own_server: Server, ada: User) -> None:
    own_server.kill()
    assert render("{% active_users_count %}") == ""
    assert render("{% active_users_count as n %}{{ n }}{% if n %}somebody{% endif %}") == ""
    assert render("{% active_users_list %}", ada).strip() == ""
    assert render("{% active_users_list as people %}{{ people.total }}", ada) == ""
    assert "It is not known right now who is online" in render("{% active_users_live %}", ada)


def test_an_error_from_the_api_prints_nothing_in_a_template(own_server: Server) -> None:
    own_server.kill()
    context = Context({"count": api.get_active_users_count})
    assert Template("[{{ count }}]").render(context) == "[]"


def test_a_page_that_does_not_print_the_count_does_not_ask_redis_for_it(browser: Browser, server: Server) -> None:
    before = server.script_calls()
    browser.get("/empty")
    assert server.script_calls() == before
    browser.get("/count")
    assert server.script_calls() - before == 1
