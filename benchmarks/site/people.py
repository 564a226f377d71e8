"""People and their requests, the same for both packages."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils.functional import SimpleLazyObject

from active_users.keys import ActiveUserEntry

FIRST_PK = 1_000_000
_factory = RequestFactory()


@dataclass(frozen=True)
class Person:
    """The person with this number: everything about them follows from it, in both packages' processes alike."""

    number: int

    @property
    def pk(self) -> int:
        return FIRST_PK + self.number

    @property
    def username(self) -> str:
        return f"user{self.pk}"

    @property
    def session_key(self) -> str:
        """32 letters and digits, as Django's are."""
        return format(self.pk * 0x9E3779B97F4A7C15F39CC0605CEDC834 % (1 << 128), "032x")

    @property
    def ip(self) -> str:
        return f"10.{self.number >> 16 & 255}.{self.number >> 8 & 255}.{self.number & 255}"

    def entry(self) -> Any:
        """The package's own entry of this person, made from what it reads of a request."""
        request: Any = SimpleNamespace(
            user=SimpleNamespace(
                pk=self.pk,
                id=self.pk,
                username=self.username,
                is_authenticated=True,
                get_username=lambda: self.username,
            ),
            session=SimpleNamespace(session_key=self.session_key),
            META={"REMOTE_ADDR": self.ip},
        )
        return ActiveUserEntry.create_from_request(request)

    def request(self, path: str) -> HttpRequest:
        """A request with this person's cookie, whose session and user nobody has loaded."""
        request = _factory.get(path, REMOTE_ADDR=self.ip)
        request.COOKIES[settings.SESSION_COOKIE_NAME] = self.session_key
        return request

    def loaded_request(self, path: str) -> HttpRequest:
        """The same, whose session and user are loaded already, as a view has left them."""
        request = self.request(path)
        session: Any = SessionStore(self.session_key)
        session._session_cache = {"_auth_user_id": str(self.pk)}
        session.accessed = True
        user: Any = SimpleLazyObject(lambda: User(pk=self.pk, username=self.username))
        str(user.pk)  # now it is no longer lazy
        request.session = session
        request.user = user
        return request
