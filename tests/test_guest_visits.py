"""Visitors without a login count as guests while their pages poll, where the site wants that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import login, logout
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

from active_users import api
from active_users.store.current import memo
from active_users.visits.polling import LOGOUT_TAKES

from .browsers import Browser
from .clocks import Clock
from .servers import Server

pytestmark = pytest.mark.django_db

POLL = "/active-users-live/?shown=heartbeat::"
NUMBERS = "{{ active_users_count }} {{ active_guests_count }}"
TAGS = "{% load active_users %}{% active_users_count %} {% active_guests_count %}"


def numbers(request: HttpRequest, template: str = NUMBERS) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(template).render({}, request))


def tags(request: HttpRequest) -> HttpResponse:
    return numbers(request, TAGS)


def log_in(request: HttpRequest) -> HttpResponse:
    login(request, User.objects.get(username="ada"), backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponse("hello")


def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponse("bye")


def fill_basket(request: HttpRequest) -> HttpResponse:
    request.session["basket"] = "apples"
    return HttpResponse("filled")


urlpatterns = [
    path("numbers", numbers),
    path("tags", tags),
    path("login", log_in),
    path("logout", log_out),
    path("basket", fill_basket),
    path("", include("active_users.urls")),
]


@pytest.fixture(autouse=True)
def site(settings: Any, clock: Clock) -> None:
    clock.put_forward(LOGOUT_TAKES)  # since the test before, at whose end everybody was forgotten
    settings.ROOT_URLCONF = __name__
    settings.ACTIVE_USERS_TRACK_GUESTS = True


def poll(browser: Browser, agent: str = "Firefox", *, is_present: bool = True, **headers: str) -> None:
    present = {"Active-Users-Present": "true"} if is_present else {}
    response = browser.get(POLL, headers={"User-Agent": agent, **present, **headers})
    assert response.status_code in (200, 204)


def numbers_now() -> tuple[int, int]:
    return api.get_active_users_count(), api.get_active_guests_count()


def test_a_visitor_counts_once_their_page_polls(new_browser: Callable[[], Browser], ada: User) -> None:
    stranger, other, member = new_browser(), new_browser(), new_browser().log_in(ada)
    stranger.get("/numbers")
    poll(stranger, is_present=False)
    assert numbers_now() == (0, 0)
    for _ in range(3):
        poll(stranger)
        poll(other, agent="Safari")
        poll(member, agent="Chrome")
    assert numbers_now() == (1, 2)


def test_somebody_with_a_session_but_no_login_is_a_guest(browser: Browser) -> None:
    browser.get("/basket")
    poll(browser)
    assert numbers_now() == (0, 1)


def test_nobody_counts_twice_when_they_log_in_or_out(browser: Browser, ada: User, no_memo: None) -> None:
    for _ in range(2):
        poll(browser)
        assert numbers_now() == (0, 1)
        browser.get("/login", headers={"User-Agent": "Firefox"})
        assert numbers_now() == (1, 0)
        poll(browser)
        assert numbers_now() == (1, 0)
        browser.get("/logout", headers={"User-Agent": "Firefox"})
        assert numbers_now() == (0, 0)


def test_a_hidden_member_is_no_guest(browser: Browser, ada: User, settings: Any) -> None:
    settings.ACTIVE_USERS_IS_HIDDEN = f"{__name__}.is_ada"
    browser.log_in(ada)
    poll(browser)
    assert numbers_now() == (0, 0)


def is_ada(request: HttpRequest) -> bool:
    return getattr(request.user, "username", "") == "ada"


def test_a_program_with_a_token_is_no_guest(browser: Browser) -> None:
    poll(browser, Authorization="Bearer token")
    assert numbers_now() == (0, 0)


def test_a_site_that_does_not_ask_for_guests_has_none(browser: Browser, settings: Any) -> None:
    settings.ACTIVE_USERS_TRACK_GUESTS = False
    poll(browser)
    assert numbers_now() == (0, 0)
    assert "guests" not in browser.get("/active-users-info/").json()


@pytest.mark.parametrize("shards", [1, 3])
def test_variable_tag_and_json_give_both_numbers(
    new_browser: Callable[[], Browser], ada: User, settings: Any, shards: int
) -> None:
    settings.ACTIVE_USERS_SHARDS = shards
    poll(new_browser())
    member = new_browser().log_in(ada)
    for page in ("/numbers", "/tags") * 2:
        assert member.get(page).content == b"1 1"
    assert member.get("/active-users-info/").json()["guests"] == 1


def test_one_script_gives_both_numbers(browser: Browser, server: Server) -> None:
    before = server.script_calls()
    browser.get("/numbers")
    assert server.script_calls() - before == 1


def test_while_redis_is_down_both_are_unknown(browser: Browser, own_server: Server) -> None:
    own_server.kill()
    poll(browser)
    assert browser.get("/numbers").content == b" "
    assert browser.get("/tags").content == b" "
    memo.clear()
