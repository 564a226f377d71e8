from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Library, RequestContext, Template, engines
from django.test import RequestFactory

from active_users import api

from .browsers import Browser
from .servers import Server


def render(template: str, user: Any = None, **context: Any) -> str:
    request = RequestFactory().get("/")
    if user is not None:
        request.user = user
    return Template("{% load active_users %}" + template).render(RequestContext(request, context))


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


BOTH = "{% load active_users %}{% active_users_count %}: {% active_users_list as people %}{{ people.0.username }}"


@pytest.fixture
def partials(settings: Any, tmp_path: Any) -> None:
    """The number and the newest name, for tags and templates to include."""
    (tmp_path / "both.html").write_text(BOTH)
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]
    settings.TEMPLATES[0]["OPTIONS"] = {
        "context_processors": [],
        "libraries": {"inclusion": __name__},
        "loaders": ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
    }
    settings.TEMPLATES[0].pop("APP_DIRS")


register = Library()


@register.inclusion_tag("both.html")
def include_both() -> dict[str, Any]:
    return {}


@pytest.mark.parametrize(
    "template",
    [
        BOTH,
        "{% include 'both.html' %}",
        "{% include 'both.html' only %}",
        "{% load inclusion %}{% include_both %}",
        "{% with request=stranger %}{% include 'both.html' %}{% endwith %}",
    ],
)
def test_the_tags_know_the_visitor_wherever_they_stand_and_whatever_is_called_request(
    online: User, partials: None, template: str
) -> None:
    request = RequestFactory().get("/")
    request.user = online
    stranger = RequestFactory().get("/")
    found = engines["django"].from_string(template).render({"stranger": stranger}, request)
    assert found == "2: ada"


def test_a_variable_that_is_called_request_shows_strangers_no_names(online: User, partials: None) -> None:
    superuser = User(pk=9, is_superuser=True, is_active=True)
    variable = type("Order", (), {"user": superuser})()
    request = RequestFactory().get("/")
    assert engines["django"].from_string(BOTH).render({"request": variable}, request) == "2: "


def test_without_a_request_as_in_an_email_the_count_prints_and_the_list_is_empty(online: User) -> None:
    assert Template(BOTH).render(Context()) == "2: "
    request = RequestFactory().get("/")
    request.user = online
    assert Template(BOTH).render(Context({"request": request})) == "2: "


@pytest.mark.parametrize("value", ["-1", "1001", "undefined", '""', "'x'", "1.5", "None", "people"])
@pytest.mark.parametrize("name", ["limit", "offset"])
def test_a_mistaken_number_is_logged_once_with_its_tag_and_the_page_works(
    online: User, name: str, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    if (name, value) == ("offset", "1001"):
        value = "1000000000"
    template = f"{{% active_users_list {name}={value} as found %}}{{{{ found.0.username }}}}"
    for _ in range(2):
        assert render(template, online, people=["ada"]) == "ada"
    (message,) = caplog.messages
    shown = {"people": "['ada']", "undefined": "''", '""': "''"}.get(value, value)
    assert message.startswith(f"{{% active_users_list %}}: {name} should be a whole number from 0 to ")
    assert f", not {shown}. " in message


def test_a_number_in_quotes_is_a_number(online: User, log: Any) -> None:
    assert render('{% active_users_list limit="1" offset="1" as found %}{{ found.0.username }}', online) == "bob"
    assert log() == []


@pytest.mark.parametrize("value", ["5000", "-1", "undefined", "'x'"])
def test_a_live_snippet_with_a_mistaken_limit_polls_with_one_that_works(
    online: User, value: str, browser: Browser, log: Any
) -> None:
    html = render(f"{{% active_users_live limit={value} %}}", online)
    (shown,) = re.findall('name="shown" value="(live:10:[^"]+)"', html)
    assert browser.get("/active-users-live/", query_params={"shown": shown}).status_code == 204
    assert log() == ["ERROR"]


def test_what_visitors_type_does_not_fill_the_log(online: User, log: Any) -> None:
    for number in range(300):
        render("{% active_users_list limit=n %}", online, n=f"x{number}")
    assert len(log()) == 100


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
    assert 'hx-get="/active-users-live/?language=en-us"' in html
    assert 'data-seconds="7"' in html
    assert 'name="shown" value="live:1:' in html


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
