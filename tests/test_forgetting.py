"""People who log out, are deleted or forgotten become inactive, and their own request does not bring them back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth import get_user_model, login
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from active_users import api
from active_users.settings import active_users_settings
from active_users.store.current import get_store

from .browsers import Browser
from .clocks import Clock

pytestmark = pytest.mark.django_db

Log = Callable[[], list[str]]


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


def _find(name: str) -> Any:
    return get_user_model()._default_manager.get_by_natural_key(name)


def _leave(request: HttpRequest, how: str) -> None:
    if how == "signal":
        user_logged_out.send(sender=User, request=request, user=request.user)
    elif how == "delete":
        request.user.delete()
    elif how == "forget":
        api.forget(request.user)
    elif how == "clear":
        api.clear()


def leave(request: Any, how: str) -> HttpResponse:
    """What an API does that checks a token, such as at "log out" or "delete my account"."""
    request.user = _find("ada")
    _leave(request, how)
    return HttpResponse("bye")


async def aleave(request: Any, how: str) -> HttpResponse:
    return await sync_to_async(leave)(request, how)


def work(request: HttpRequest, how: str) -> HttpResponse:
    """Takes so long that its person is noted again at the end. Meanwhile another process, with a memo of its own, …"""
    api.get_active_users_count()  # waits for the first note, which would be late otherwise
    time.monotonic.put_forward(active_users_settings.KEY_EXPIRE)  # type: ignore[attr-defined]
    if how == "forgets":
        get_store().forget(str(request.user.pk)).result()
    elif how == "clears":
        get_store().clear().result()
    elif how == "forgets and lets in":
        get_store().forget(str(request.user.pk)).result()
        login(request, _find("ada"), backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponse("done")


async def awork(request: HttpRequest, how: str) -> HttpResponse:
    return await sync_to_async(work)(request, how)


def kick(request: HttpRequest, name: str) -> HttpResponse:
    user_logged_out.send(sender=User, request=request, user=_find(name))
    return render(request, "count.html")


urlpatterns = [
    path("plain", plain),
    path("leave/<how>", leave),
    path("aleave/<how>", aleave),
    path("work/<how>", work),
    path("awork/<how>", awork),
    path("kick/<name>", kick),
]


@pytest.fixture(autouse=True)
def urls(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__


def _names() -> set[str]:
    return {user["username"] for user in api.get_active_users()}


@pytest.mark.parametrize("has_cookie", [True, False])
@pytest.mark.parametrize("view", ["leave", "aleave"])
@pytest.mark.parametrize("how", ["signal", "delete", "forget", "clear"])
def test_a_request_does_not_note_whom_it_forgot(
    browser: Browser, ada: User, view: str, how: str, has_cookie: bool, log: Log
) -> None:
    if has_cookie:
        browser.log_in(ada).get("/plain")
        assert _names() == {"ada"}
    assert browser.get(f"/{view}/{how}").content == b"bye"
    assert _names() == set()
    assert log() == []
    if how != "delete":
        browser.log_in(ada).get("/plain")
        assert _names() == {"ada"}


@pytest.mark.parametrize("path", ["/work/", "/awork/"])
@pytest.mark.parametrize(
    ("how", "are_active"), [("nothing", True), ("forgets", False), ("clears", False), ("forgets and lets in", True)]
)
@pytest.mark.usefixtures("clock")
def test_the_end_of_a_long_request_brings_nobody_back_whom_another_process_forgot(
    browser: Browser, ada: User, path: str, how: str, are_active: bool
) -> None:
    browser.log_in(ada).get(path + how)
    assert _names() == ({"ada"} if are_active else set())


def test_who_was_forgotten_before_the_request_is_noted_by_it(browser: Browser, ada: User, clock: Clock) -> None:
    browser.log_in(ada).get("/work/nothing")
    get_store().forget(str(ada.pk)).result()
    clock.put_forward(active_users_settings.KEY_EXPIRE)
    browser.get("/plain")
    assert _names() == {"ada"}


def test_a_request_notes_its_person_if_it_forgot_another(browser: Browser, ada: User, bob: User) -> None:
    browser.get("/leave/nothing")
    assert _names() == {"ada"}
    api.clear()
    browser.log_in(ada).get("/kick/bob")
    assert _names() == {"ada"}


def test_the_logout_of_another_person_forgets_that_person_and_no_one_else(
    new_browser: Callable[[], Browser], ada: User, bob: User
) -> None:
    new_browser().log_in(bob).get("/plain")
    assert new_browser().log_in(ada).get("/kick/bob").content.strip() == b"1"
    assert _names() == {"ada"}


@pytest.fixture
def heard() -> Iterator[list[Any]]:
    """Whose logout a receiver that comes after ours has heard."""
    heard: list[Any] = []

    def hear(user: Any, **kwargs: Any) -> None:
        heard.append(user)

    user_logged_out.connect(hear)
    yield heard
    user_logged_out.disconnect(hear)


@pytest.mark.parametrize("arguments", [{"request": None}, {}, {"request": "no request"}])
@pytest.mark.parametrize("is_async", [False, True])
def test_a_logout_without_a_request_counts_too(
    browser: Browser, ada: User, heard: list[Any], arguments: dict[str, Any], is_async: bool, log: Log
) -> None:
    browser.log_in(ada).get("/plain")
    send = async_to_sync(user_logged_out.asend) if is_async else user_logged_out.send
    send(sender=User, user=ada, **arguments)
    assert _names() == set()
    assert heard == [ada]
    assert log() == []


@pytest.mark.parametrize("principal", [None, "a string", AnonymousUser(), User(username="unsaved"), {}])
def test_a_logout_of_nobody_does_nothing(
    browser: Browser, ada: User, heard: list[Any], principal: Any, log: Log
) -> None:
    browser.log_in(ada).get("/plain")
    user_logged_out.send(sender=User, user=principal)
    assert heard == [principal]
    assert _names() == {"ada"}
    assert log() == []


def test_a_logout_without_the_request_that_the_entry_class_needs_is_logged(
    ada: User, heard: list[Any], settings: Any, log: Log
) -> None:
    settings.ACTIVE_USERS_KEY_CLASS = "tests.entries.DeviceEntry"
    user_logged_out.send(sender=User, request=None, user=ada)
    assert heard == [ada]
    assert log() == ["ERROR"]
