"""A poll that says that its reader is there keeps them active. The middleware itself goes on exempting polls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

from active_users import api
from active_users.decorators import active_users_exempt
from active_users.middleware import ActiveUsersSessionMiddleware
from active_users.visits.polling import LOGOUT_TAKES

from .browsers import Browser
from .clocks import Clock
from .servers import Server

POLL = "/active-users-live/?shown=heartbeat::"
PRESENT = {"Active-Users-Present": "true"}


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(TEMPLATE).render({}, request))


@active_users_exempt
def exempt(request: HttpRequest) -> HttpResponse:
    return page(request)


def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponse("bye")


TEMPLATE = "{% load active_users %}{% active_users_heartbeat %}"

urlpatterns = [
    path("page", page),
    path("exempt", exempt),
    path("quiet/page", page),
    path("logout", log_out),
    path("", include("active_users.urls")),
]


class WithoutPolls(ActiveUsersSessionMiddleware):
    """Its site lets no request count whose path begins with /active."""

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> Any:
        if request.path.startswith("/active"):
            return None
        return super().process_view(request, view, args, kwargs)


def hide_ada(request: HttpRequest) -> bool:
    return request.user.get_username() == "ada"


@pytest.fixture(autouse=True)
def site(settings: Any, no_memo: None, clock: Clock) -> None:
    settings.ROOT_URLCONF = __name__
    clock.put_forward(LOGOUT_TAKES)  # since the test before, at whose end everybody was forgotten


def _poll(browser: Browser, *, is_present: bool = True, **headers: str) -> Any:
    response = browser.get(POLL, headers={**headers, **(PRESENT if is_present else {})})
    assert response.status_code in (200, 204)
    return response


@pytest.mark.parametrize("is_present", [True, False])
@pytest.mark.parametrize("is_on", [True, False])
def test_a_poll_notes_its_member_only_if_it_says_that_they_are_there(
    browser: Browser, ada: User, settings: Any, is_present: bool, is_on: bool
) -> None:
    settings.ACTIVE_USERS_LIVE_HEARTBEAT = is_on
    browser.log_in(ada)
    for _ in range(3):
        _poll(browser, is_present=is_present)
    assert api.is_active(ada) is (is_present and is_on)


def test_what_is_noted_is_what_a_page_would_note(browser: Browser, ada: User) -> None:
    _poll(browser.log_in(ada))
    noted = api.get_active_users()
    assert [person["username"] for person in noted] == ["ada"]
    browser.get("/page")
    assert api.get_active_users() == noted


@pytest.mark.django_db
def test_a_stranger_is_not_noted(browser: Browser) -> None:
    _poll(browser)
    assert api.get_active_users_count() == 0


@pytest.mark.parametrize(
    "rule",
    [
        {"ACTIVE_USERS_IS_HIDDEN": f"{__name__}.hide_ada"},
        {"ACTIVE_USERS_EXCLUDE_URL_PATTERNS": ["^/active-users-live/"]},
        {"MIDDLEWARE": [f"{__name__}.WithoutPolls"]},
        {"MIDDLEWARE": []},
    ],
    ids=["hidden", "excluded", "declined", "without our middleware"],
)
def test_what_excludes_requests_or_hides_people_holds_for_polls(
    browser: Browser, ada: User, settings: Any, rule: dict[str, Any]
) -> None:
    if "MIDDLEWARE" in rule:
        rule = {"MIDDLEWARE": settings.MIDDLEWARE[:2] + rule["MIDDLEWARE"]}
    for name, value in rule.items():
        setattr(settings, name, value)
    browser.log_in(ada)
    for _ in range(3):
        _poll(browser)
    assert not api.is_active(ada)


@pytest.mark.parametrize(("path", "beats"), [("/page", True), ("/exempt", False), ("/quiet/page", False)])
def test_reading_a_page_counts_if_opening_it_does(
    browser: Browser, ada: User, settings: Any, path: str, beats: bool
) -> None:
    settings.ACTIVE_USERS_EXCLUDE_URL_PATTERNS = ["^/quiet/"]
    assert ("data-heartbeat" in browser.log_in(ada).get(path).content.decode()) is beats
    settings.ACTIVE_USERS_LIVE_HEARTBEAT = False
    assert "data-heartbeat" not in browser.get(path).content.decode()


def test_the_session_decides_who_is_there_not_what_the_page_believed(new_browser: Any, ada: User, bob: User) -> None:
    browser = new_browser().log_in(ada)
    _poll(browser)
    browser.get("/logout")
    _poll(browser)
    assert not api.is_active(ada)
    browser.log_in(bob)
    _poll(browser)
    assert (api.is_active(ada), api.is_active(bob)) == (False, True)


@pytest.mark.parametrize("is_lost", [True, False], ids=["in another process", "in this process"])
def test_a_poll_that_was_in_flight_at_the_logout_brings_nobody_back(browser: Browser, ada: User, is_lost: bool) -> None:
    browser.log_in(ada)
    _poll(browser)
    cookie = browser.client.cookies["sessionid"].value
    if is_lost:
        Session.objects.all().delete()
        api.forget(ada)
    else:
        browser.get("/logout")
    browser.client.cookies["sessionid"] = cookie
    _poll(browser)
    assert not api.is_active(ada)


def test_while_redis_is_down_polls_go_on_and_afterwards_note_again(
    new_browser: Callable[[], Browser], ada: User, own_server: Server
) -> None:
    browser = new_browser().log_in(ada)
    own_server.kill()
    for _ in range(2):
        _poll(browser)


def test_a_heartbeat_alone_asks_for_no_number(browser: Browser, ada: User, server: Server) -> None:
    before = server.script_calls()
    assert "active-users-live-poll" in browser.get("/page").content.decode()
    assert _poll(browser, is_present=False).status_code == 204
    assert server.script_calls() == before


def test_a_poll_between_the_signal_of_a_logout_and_the_end_of_its_session_brings_nobody_back(
    browser: Browser, ada: User
) -> None:
    browser.log_in(ada)
    _poll(browser)
    api.forget(ada)  # as our receiver of the signal does, while the session is still there
    _poll(browser)
    assert not api.is_active(ada)
