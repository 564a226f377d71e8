"""``api.note()``: people whom the middleware cannot see are noted by the site's own code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.test import RequestFactory

from active_users import api
from active_users.exceptions import ActiveUsersUnavailable
from active_users.keys import AbstractActiveUserEntry

from .servers import Server

pytestmark = pytest.mark.django_db(transaction=True)

Note = Callable[..., bool]


@pytest.fixture(params=["sync", "async"])
def note(request: pytest.FixtureRequest) -> Note:
    return api.note if request.param == "sync" else lambda *arguments: asyncio.run(api.anote(*arguments))


def hides_bob(request: HttpRequest) -> bool:
    return request.user.get_username() == "bob"


class RequestEntry(AbstractActiveUserEntry):
    fields = ("session_id",)

    @classmethod
    def create_from_request(cls, request: HttpRequest) -> Any:
        entry = cls()
        entry.session_id = request.session.session_key  # type: ignore[attr-defined]
        return entry


def test_a_user_is_noted_without_a_request(note: Note, ada: User) -> None:
    assert note(ada)
    assert api.get_active_users() == [{"user_id": str(ada.pk), "session_id": "", "ip": "", "username": "ada"}]


def test_a_request_gives_the_address_and_stays_as_it_is(note: Note, ada: User, bob: User) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.7")
    request.user = bob
    before = dict(vars(request))
    assert note(ada, request)
    assert vars(request) == before
    assert [(user["username"], user["ip"]) for user in api.get_active_users()] == [("ada", "192.0.2.7")]


def test_the_wrapper_of_rest_framework_is_a_request_too(note: Note, ada: User) -> None:
    from rest_framework.request import Request

    assert note(ada, Request(RequestFactory().get("/", REMOTE_ADDR="192.0.2.7")))
    assert [user["ip"] for user in api.get_active_users()] == ["192.0.2.7"]


@pytest.mark.parametrize("nobody", [None, "ada", {}, AnonymousUser(), User(username="unsaved")])
def test_nobody_is_noted_who_is_no_saved_user(note: Note, nobody: Any) -> None:
    assert not note(nobody)
    assert api.get_active_users_count() == 0


def test_nobody_is_noted_who_is_inactive_or_hidden(note: Note, ada: User, bob: User, settings: Any) -> None:
    settings.ACTIVE_USERS_IS_HIDDEN = f"{__name__}.hides_bob"
    ada.is_active = False
    assert not note(ada)
    assert not note(bob)
    assert api.get_active_users_count() == 0


def test_an_entry_class_that_needs_a_request_says_so(note: Note, ada: User, settings: Any) -> None:
    settings.ACTIVE_USERS_KEY_CLASS = f"{__name__}.RequestEntry"
    with pytest.raises(ImproperlyConfigured, match=r"RequestEntry.*pass note\(\) a request"):
        note(ada)


@pytest.mark.parametrize("request_like", ["/path", {"META": {}}, object()])
def test_a_request_that_is_none_is_refused(note: Note, ada: User, request_like: Any) -> None:
    with pytest.raises(TypeError, match="should be a Django HttpRequest or None"):
        note(ada, request_like)


def test_without_redis_it_raises_as_the_rest_of_the_api_does(note: Note, ada: User, own_server: Server) -> None:
    own_server.kill()
    with pytest.raises(ActiveUsersUnavailable):
        note(ada)
