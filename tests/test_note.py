"""``api.note(user)``: people whom the middleware cannot see, on websockets, in tasks and behind other log-ins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import path

from active_users import api
from active_users.exceptions import ActiveUsersUnavailable

from .browsers import Browser
from .servers import Server
from .unnoticed import PRINCIPALS

pytestmark = pytest.mark.django_db

Note = Callable[..., bool]


@pytest.fixture(params=["sync", "async"])
def note(request: pytest.FixtureRequest) -> Note:
    return api.note if request.param == "sync" else async_to_sync(api.anote)


def test_somebody_without_a_request_counts_without_an_address_and_a_session(note: Note, ada: User) -> None:
    assert note(ada) is True
    assert api.get_active_users() == [{"user_id": str(ada.pk), "session_id": "", "ip": "", "username": "ada"}]


def test_a_request_gives_the_address_and_session_and_stays_as_it_is(note: Note, ada: User, bob: User) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.7")
    request.user, request.session = bob, SessionStore("k" * 32)
    before = dict(vars(request))
    assert note(ada, request) is True
    (entry,) = api.get_active_users()
    assert (entry["username"], entry["ip"]) == ("ada", "203.0.113.7")
    assert len(entry["session_id"]) == 12
    assert vars(request) == before
    assert not request.session.accessed


class Wrapping:
    """Like the request of Django REST framework, which sets the user on Django's too."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request


def test_the_request_of_django_rest_framework_will_do(note: Note, ada: User, bob: User) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.7")
    request.user = bob
    assert note(ada, Wrapping(request)) is True
    assert request.user is bob
    assert api.get_active_users()[0]["ip"] == "203.0.113.7"


def test_anything_else_in_the_place_of_a_request_is_named(note: Note, ada: User) -> None:
    with pytest.raises(TypeError, match=r"request should be a Django HttpRequest or None, not \{'type': 'websocket'\}"):
        note(ada, {"type": "websocket"})


def authenticated_elsewhere(request: Any) -> HttpResponse:
    """Like an operation of django-ninja, which puts the user in ``request.auth``."""
    request.auth = User.objects.get(username="ada")
    api.note(request.auth, request)
    return HttpResponse(f"{request.user.is_authenticated}")


urlpatterns = [path("elsewhere", authenticated_elsewhere)]


def test_a_view_notes_whom_the_middleware_cannot_see(browser: Browser, ada: User, settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    assert browser.get("/elsewhere").content == b"False"
    assert api.is_active(ada)


@pytest.mark.parametrize("make", [*map(PRINCIPALS.get, ["class", "service", "numbered", "unsaved"]), AnonymousUser])
def test_nobody_is_noted_for_what_is_no_saved_user(note: Note, make: Callable[[], Any]) -> None:
    assert note(make()) is False
    assert api.get_active_users_count() == 0


def test_hidden_and_inactive_people_are_not_noted(note: Note, ada: User, bob: User, settings: Any) -> None:
    settings.ACTIVE_USERS_IS_HIDDEN = "tests.rules.is_in_a_group"
    bob.groups.create(name="shy")
    assert note(bob) is False
    ada.is_active = False
    assert note(ada) is False
    assert api.get_active_users_count() == 0


def test_a_class_written_for_0_4_1_needs_no_change(note: Note, ada: User, settings: Any) -> None:
    settings.ACTIVE_USERS_KEY_CLASS = "tests.entries.ServiceEntry"
    assert note(ada) is True
    assert api.get_active_users()[0]["service_id"] == ""
    settings.ACTIVE_USERS_KEY_CLASS = "tests.entries.DeviceEntry"
    assert note(ada, RequestFactory().get("/", headers={"User-Agent": "phone"})) is True


def test_a_class_that_needs_a_request_says_so(note: Note, ada: User, settings: Any) -> None:
    settings.ACTIVE_USERS_KEY_CLASS = "tests.entries.SessionEntry"
    with pytest.raises(ImproperlyConfigured, match=r"no attribute 'session'.*Pass note\(\) a request"):
        note(ada)


def test_mistakes_of_the_sites_own_code_are_raised(note: Note, ada: User, settings: Any) -> None:
    settings.ACTIVE_USERS_IS_HIDDEN = "tests.rules.broken"
    with pytest.raises(LookupError) as caught:
        note(ada, RequestFactory().get("/"))
    assert "ACTIVE_USERS_IS_HIDDEN" in caught.value.__notes__[0]
    with pytest.raises(ImproperlyConfigured, match=r"failed: LookupError.*Pass note\(\) a request"):
        note(ada)
    assert api.get_active_users_count() == 0


def test_while_redis_is_down_it_raises(note: Note, ada: User, own_server: Server) -> None:
    own_server.kill()
    with pytest.raises(ActiveUsersUnavailable):
        note(ada)
