"""A request that takes longer than a note lasts, such as an upload, keeps its person active at its end too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from active_users import api
from active_users.decorators import active_users_exempt

from .browsers import Browser
from .clocks import Clock
from .servers import Server

pytestmark = pytest.mark.django_db

during: list[Callable[[], Any]] = []


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


def long(request: HttpRequest) -> HttpResponse:
    for happen in during:
        happen()
    return HttpResponse("long")


async def along(request: HttpRequest) -> HttpResponse:
    return long(request)


def long_logout(request: HttpRequest) -> HttpResponse:
    logout(request)
    return long(request)


@active_users_exempt
def long_exempt(request: HttpRequest) -> HttpResponse:
    return long(request)


urlpatterns = [
    path("plain", plain),
    path("long", long),
    path("along", along),
    path("long-logout", long_logout),
    path("long-exempt", long_exempt),
]


@pytest.fixture(autouse=True)
def window_that_passes(settings: Any, clock: Clock, server: Server, key: Callable[[str], str], ada: User) -> Any:
    """The window passes during the long views."""
    settings.ROOT_URLCONF = __name__

    def let_it_pass() -> None:
        assert api.is_active(ada)  # so that the note has been answered before the clock changes
        clock.put_forward(settings.ACTIVE_USERS_KEY_EXPIRE)
        server.client.zincrby(key("users"), -settings.ACTIVE_USERS_KEY_EXPIRE * 1000, str(ada.pk))
        assert not api.is_active(ada)  # so that there is a connection again, after so long a time

    during[:] = [let_it_pass]
    yield
    during.clear()


@pytest.mark.parametrize("page", ["long", "along"])
@pytest.mark.parametrize("touch_interval", [None, 100, 0])
@pytest.mark.parametrize("is_known", [False, True])
def test_its_person_is_noted_again_after_the_response(
    browser: Browser, ada: User, settings: Any, page: str, touch_interval: float | None, is_known: bool
) -> None:
    settings.ACTIVE_USERS_TOUCH_INTERVAL = touch_interval
    browser.log_in(ada)
    if is_known:
        browser.get("/plain")
    response = browser.get(f"/{page}")
    assert "Vary" not in response.headers
    assert api.is_active(ada)


def test_a_request_of_another_tab_meanwhile_saves_that(
    new_browser: Callable[[], Browser], ada: User, server: Server
) -> None:
    here = new_browser().log_in(ada)
    calls: list[int] = []

    def visit() -> None:
        Client(headers={"Cookie": f"sessionid={here.client.cookies['sessionid'].value}"}).get("/plain")
        assert api.is_active(ada)
        calls.append(server.script_calls())

    during.append(visit)
    here.get("/long")
    api.get_active_users_count()
    assert server.script_calls() - calls[0] == 1


@pytest.mark.parametrize("page", ["long-logout", "long-exempt"])
def test_a_long_request_that_logs_out_or_does_not_count_notes_nobody(browser: Browser, ada: User, page: str) -> None:
    browser.log_in(ada).get("/plain")
    if page == "long-logout":
        during.clear()
    browser.get(f"/{page}")
    assert not api.is_active(ada)


def test_a_short_request_notes_once(browser: Browser, ada: User, server: Server, no_memo: None) -> None:
    during.clear()
    before = server.script_calls()
    browser.log_in(ada).get("/long")
    api.get_active_users_count()
    assert server.script_calls() - before == 2
