"""Middleware that puts something else than Django's lazy user in ``request.user``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import LazyObject, SimpleLazyObject


def find_user(name: str) -> Any:
    return get_user_model()._default_manager.get_by_natural_key(name)


def sets(function: Callable[[Any], None]) -> type:
    """A middleware that does something to the request."""
    return type(function.__name__, (MiddlewareMixin,), {"process_request": lambda self, request: function(request)})


def sets_user(make: Callable[[], Any]) -> type:
    def set_user(request: Any) -> None:
        request.user = make()

    return sets(set_user)


@sets
def bearer(request: Any) -> None:
    request.user = find_user("bob")


@sets
def lazy_bearer(request: Any) -> None:
    request.user = SimpleLazyObject(lambda: find_user("bob"))


@sets
def lazy_none(request: Any) -> None:
    request.user = SimpleLazyObject(lambda: None)


class Wrapper:
    """Not lazy, but its user is."""

    is_verified = True

    def __init__(self, user: Any) -> None:
        self._user = user

    def __getattr__(self, name: str) -> Any:
        return getattr(self._user, name)


class LazyBob(LazyObject):  # type: ignore[type-arg] # the stubs alone have parameters
    """A lazy class of the site's own, which depends on the session."""

    def __init__(self, request: HttpRequest) -> None:
        self.__dict__["request"] = request
        super().__init__()

    def _setup(self) -> None:
        self._wrapped = find_user(self.__dict__["request"].session.get("acts_as", "bob"))


@sets
def wrap(request: Any) -> None:
    request.user = Wrapper(request.user)


def _verify(request: HttpRequest, user: Any) -> Any:
    user.is_verified = user.is_authenticated and request.session.get("device") == "known"
    if user.is_authenticated and "device" in request.session and not user.is_verified:
        del request.session["device"]
    return user


@sets
def one_time_password(request: HttpRequest) -> None:
    request.user = SimpleLazyObject(partial(_verify, request, request.user))  # type: ignore[assignment]


@sets
def impersonate(request: Any) -> None:
    if request.user.is_authenticated:
        request.user, request.impersonator = find_user("bob"), request.user


@sets
def own_lazy_class(request: Any) -> None:
    request.user = LazyBob(request)


class NoUser:
    """Has nothing that a user has."""


class Service:
    is_authenticated = True


class Key(Service):
    pk = 7


class Broken:
    @property
    def is_authenticated(self) -> bool:
        raise RuntimeError("the site's own")


PRINCIPALS: list[Callable[[], Any]] = [
    lambda: "a string",
    lambda: {"sub": "a dict"},
    lambda: None,
    lambda: 0,
    NoUser,
    Service,
    Key,
    Broken,
    lambda: User(username="unsaved"),
]
