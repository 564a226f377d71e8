from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import AsyncRequestFactory, RequestFactory
from django.urls import include, path
from django.utils import translation

from active_users.rendering.poll import parse_query

from .browsers import Browser
from .documents import page
from .servers import Server

PATH = "/active-users-live/"


def _shown(response: Any) -> str:
    found = re.search(r'name="shown" value="([^"]+)"', response.content.decode())
    assert found is not None
    return found[1]


@pytest.mark.django_db
def test_the_partial_is_sent_only_when_it_changed(new_browser: Any, ada: User, bob: User) -> None:
    new_browser().log_in(ada).get("/plain")
    viewer = new_browser().log_in(bob)
    first = viewer.get(PATH)
    assert "<strong>1</strong> person is online" in first.content.decode()
    assert "<li><bdi>ada</bdi></li>" in first.content.decode()
    assert viewer.get(PATH, query_params={"shown": _shown(first)}).status_code == 204
    viewer.get("/plain")
    second = viewer.get(PATH, query_params={"shown": _shown(first)})
    assert second.status_code == 200
    assert "<strong>2</strong> people are online" in second.content.decode()
    assert viewer.get(PATH, query_params={"shown": "garbage"}).status_code == 200


def test_where_guests_count_too_the_list_is_of_members(new_browser: Any, ada: User, settings: Any) -> None:
    settings.ACTIVE_USERS_TRACK_GUESTS = True
    browser = new_browser().log_in(ada)
    browser.get("/plain")
    assert "<strong>1</strong> member is online" in browser.get(PATH).content.decode()


def test_the_limit_cuts_the_list(new_browser: Any, ada: User, bob: User) -> None:
    viewer = new_browser().log_in(bob)
    viewer.get("/plain")
    new_browser().log_in(ada).get("/plain")
    text = viewer.get(PATH + "?limit=1").content.decode()
    assert "<strong>2</strong>" in text
    assert text.count("<li>") == 1


@pytest.mark.parametrize("limit", ["", "x", "-1", "1001", "9" * 5000, "\u0663"])
def test_the_error_for_a_bad_limit_names_it(browser: Browser, limit: str) -> None:
    response = browser.get(PATH, query_params={"limit": limit})
    assert response.status_code == 400
    assert response.content.decode().startswith("limit should be a whole number from 0 to 1000, not ")
    assert response.headers["Content-Type"] == "text/plain"


def test_an_anonymous_visitor_sees_only_the_count(new_browser: Any, ada: User) -> None:
    new_browser().log_in(ada).get("/plain")
    text = new_browser().get(PATH).content.decode()
    assert "<strong>1</strong>" in text
    assert "ada" not in text


def test_names_are_escaped(new_browser: Any, ada: User) -> None:
    name = "<script>alert('{{ 1 }}')</script>"
    evil = User.objects.create_user(name)
    viewer = new_browser().log_in(ada)
    new_browser().log_in(evil).get("/plain")
    text = viewer.get(PATH).content.decode()
    assert "<script>" not in text
    assert "&lt;script&gt;alert(&#x27;{{ 1 }}&#x27;)" in text


@pytest.mark.django_db
def test_while_redis_is_down_the_partial_says_so_once(browser: Browser, own_server: Server) -> None:
    own_server.kill()
    response = browser.get(PATH)
    assert response.status_code == 200
    assert "It is not known right now who is online" in response.content.decode()
    assert "<strong>" not in response.content.decode()
    assert browser.get(PATH, query_params={"shown": _shown(response)}).status_code == 204


def test_polling_does_not_keep_anybody_active(browser: Browser, ada: User) -> None:
    browser.log_in(ada).get(PATH)
    assert "<strong>0</strong>" in browser.get(PATH).content.decode()


def _session_middleware_of_the_documentation() -> Any:
    found: dict[str, Any] = {}
    exec(page("how-to/idle-log-out.md").blocks[0].code, found)  # noqa: S102
    return found["SessionMiddleware"]


ThatLeavesPollsAlone = _session_middleware_of_the_documentation()

urlpatterns = [
    path("oslo/", include(([path("", include("active_users.urls"))], "inner"))),
    path("", include("tests.urls")),
]


@pytest.mark.parametrize("poll", [PATH, "/active-users-info/", f"/oslo{PATH}"])
@pytest.mark.parametrize("is_exempt", [False, True])
def test_a_site_that_saves_sessions_at_every_request_can_exempt_the_polls(
    browser: Browser, poll: str, is_exempt: bool, ada: User, settings: Any
) -> None:
    settings.ROOT_URLCONF = __name__
    settings.SESSION_SAVE_EVERY_REQUEST = True
    if is_exempt:
        settings.MIDDLEWARE = [f"{__name__}.ThatLeavesPollsAlone", *settings.MIDDLEWARE[1:]]
    browser.log_in(ada)
    expiry = Session.objects.get().expire_date
    assert ("sessionid" in browser.get(poll).cookies) is not is_exempt
    assert (Session.objects.get().expire_date > expiry) is not is_exempt
    assert "sessionid" in browser.get("/nowhere").cookies
    assert "sessionid" in browser.get("/plain").cookies
    assert Session.objects.get().expire_date > expiry


@pytest.mark.django_db
def test_an_answer_to_a_poll_can_be_told_from_somebody_elses(browser: Browser) -> None:
    first = browser.get(PATH, query_params={"limit": "7"})
    assert "Active-Users" in first.headers
    assert first.content.decode().startswith('<div hx-swap-oob="innerHTML:.active-users-live-7">')
    unchanged = browser.get(PATH, query_params={"limit": "7", "shown": _shown(first)})
    assert unchanged.status_code == 204
    assert "Active-Users" in unchanged.headers
    assert "Active-Users" not in browser.get(PATH, query_params={"limit": "x"}).headers


def test_a_name_in_another_direction_does_not_turn_what_is_beside_it(new_browser: Any, ada: User) -> None:
    name = "\u202e123 \u05e2\u05d3\u05d4"
    new_browser().log_in(User.objects.create_user(name)).get("/plain")
    assert f"<li><bdi>{name}</bdi></li>" in new_browser().log_in(ada).get(PATH).content.decode()


def test_one_poll_refreshes_all_pieces_and_brings_only_what_changed(
    new_browser: Any, ada: User, bob: User, server: Server
) -> None:
    new_browser().log_in(ada).get("/plain")
    viewer = new_browser().log_in(bob)
    pieces = ["count::", "live:1:", "live:20:", "heartbeat::", "a piece of another release::"]
    before = server.script_calls()
    first = viewer.get(PATH, query_params={"shown": pieces}).content.decode()
    assert server.script_calls() == before + 1
    targets = re.findall('hx-swap-oob="innerHTML:.active-users-live-([^"]+)"', first)
    assert targets == ["count", "1", "20"]
    shown = re.findall('name="shown" value="([^"]+)"', first)
    assert viewer.get(PATH, query_params={"shown": shown}).status_code == 204
    stale = [*shown, "live:1:stale"]  # the page has that piece twice
    assert viewer.get(PATH, query_params={"shown": stale}).content.decode().count("hx-swap-oob") == 1


@pytest.mark.parametrize("shown", [["live::"], ["live:x:"], ["live:1001:"], ["count:5:"], ["heartbeat:<b>:"]])
def test_the_options_of_a_piece_are_checked(browser: Browser, shown: list[str]) -> None:
    response = browser.get(PATH, query_params={"shown": shown})
    assert (response.status_code, response.headers["Content-Type"]) == (400, "text/plain")


@pytest.mark.django_db
def test_a_page_may_have_twenty_different_pieces(browser: Browser) -> None:
    pieces = [f"live:{number}:" for number in range(21)]
    assert browser.get(PATH, query_params={"shown": pieces[:20] * 2}).status_code == 200
    assert browser.get(PATH, query_params={"shown": pieces}).status_code == 400


@pytest.mark.parametrize("limits", [(600, 500), (1000, 1)])
def test_the_lists_of_a_page_have_a_thousand_people_in_all(browser: Browser, limits: tuple[int, int]) -> None:
    response = browser.get(PATH, query_params={"shown": [f"live:{limit}:" for limit in limits]})
    assert response.status_code == 400
    assert b"the sum of all limits should be a whole number from 0 to 1000" in response.content


@pytest.mark.parametrize(
    ("language", "number"), [("de", "1.234"), ("en", "1,234"), ("", "1\u202f234"), ("../de", "1\u202f234")]
)
def test_a_poll_answers_in_the_language_of_its_page(
    browser: Browser, server: Server, key: Any, settings: Any, language: str, number: str
) -> None:
    settings.MIDDLEWARE = ["django.middleware.locale.LocaleMiddleware", *settings.MIDDLEWARE]
    settings.USE_THOUSAND_SEPARATOR = True
    seconds, _ = server.client.time()
    server.client.zadd(key("users"), dict.fromkeys(map(str, range(1234)), seconds * 1000))
    asked = {"shown": "count::", "language": language}
    with translation.override("en-us"):  # the middleware leaves its language behind
        answer = browser.get(PATH, query_params=asked, headers={"Accept-Language": "fr"})
    assert number in answer.content.decode().replace("\xa0", "\u202f")


@pytest.mark.parametrize(
    "query", ["", "shown=count::&shown=live:7:+%26&language=de", "%C3%A9=%FF&a", "a=" + "x" * 5000]
)
def test_the_query_of_a_poll_is_what_django_reads(query: str) -> None:
    """However often it came before. It is parsed only once, unless it is long."""
    for request in [RequestFactory().get(f"{PATH}?{query}"), AsyncRequestFactory().get(f"{PATH}?{query}")] * 2:
        assert parse_query(request) == request.GET
        assert not parse_query(request)._mutable  # it is that of other requests too
