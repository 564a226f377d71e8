"""People and their requests, the same for both packages."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils.functional import SimpleLazyObject

from active_users.keys import ActiveUserEntry

_factory = RequestFactory()


class Person:
    """A person, made up from a number, so that both sites have the same people."""

    def __init__(self, number: int) -> None:
        self.pk = 1_000_000 + number
        self.username = f"user{self.pk}"
        # 32 letters and digits, like Django's.
        self.session_key = format(self.pk * 0x9E3779B97F4A7C15F39CC0605CEDC834 % (1 << 128), "032x")
        self.ip = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"

    def user(self) -> User:
        return User(pk=self.pk, username=self.username, password="!")  # noqa: S106 - nobody logs in with it

    def entry(self) -> Any:
        """The package's own entry, made from a stand-in for a request."""
        user = SimpleNamespace(pk=self.pk, id=self.pk, username=self.username, is_authenticated=True)
        user.get_username = lambda: self.username
        session = SimpleNamespace(session_key=self.session_key)
        request: Any = SimpleNamespace(user=user, session=session, META={"REMOTE_ADDR": self.ip})
        return ActiveUserEntry.create_from_request(request)

    def request(self, path: str) -> HttpRequest:
        """A request with this person's cookie. Session and user are not loaded yet."""
        request = make_request(path, self.ip)
        request.COOKIES[settings.SESSION_COOKIE_NAME] = self.session_key
        return request

    def loaded_request(self, path: str) -> HttpRequest:
        """The same with session and user loaded, as they are after a view."""
        request = self.request(path)
        session: Any = SessionStore(self.session_key)
        session._session_cache = {"_auth_user_id": str(self.pk)}
        session.accessed = True
        user: Any = SimpleLazyObject(self.user)
        str(user.pk)  # loads it
        request.session = session
        request.user = user
        return request


def make_request(path: str, ip: str = "127.0.0.1") -> HttpRequest:
    """A request without a cookie."""
    return _factory.get(path, REMOTE_ADDR=ip)
