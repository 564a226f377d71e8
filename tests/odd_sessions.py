"""Middleware with sessions that are not Django's plain ones."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject


class OfficeSessions(SessionMiddleware):
    """Another cookie below /office/."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if request.path.startswith("/office/"):
            request.session = self.SessionStore(request.COOKIES.get("office"))

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        if not request.path.startswith("/office/"):
            return super().process_response(request, response)
        if request.session.modified:
            request.session.save()
            response.set_cookie("office", request.session.session_key)
        if request.session.accessed:
            response.headers["Vary"] = "Cookie"
        return response


class HeaderSessions(SessionMiddleware):
    """No cookie: an app sends the key of its session in a header."""

    def process_request(self, request: HttpRequest) -> None:
        request.session = self.SessionStore(request.headers.get("Session"))

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        if request.session.modified:
            request.session.save()
            response.headers["Session"] = request.session.session_key
        return response


class AgentSession(SessionStore):
    """Takes more arguments, and saves them."""

    key_salt = SessionStore().key_salt

    def __init__(self, session_key: str | None, address: str, agent: str) -> None:
        super().__init__(session_key)
        self.address, self.agent = address, agent

    def save(self, must_create: bool = False) -> None:
        self["agent"] = f"{self.address} {self.agent}"
        super().save(must_create)


class AgentSessions(SessionMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        agent = request.headers.get("User-Agent", "none")
        request.session = AgentSession(request.COOKIES.get("sessionid"), request.META["REMOTE_ADDR"], agent)


class LazySessions(SessionMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        request.session = SimpleLazyObject(lambda: self.SessionStore(request.COOKIES.get("sessionid")))  # type: ignore[assignment]


class SavingSession(SessionStore):
    """Makes a new session at once where the old one has expired, as old engines do."""

    key_salt = SessionStore().key_salt

    def load(self) -> Any:
        found = super().load()
        if self.session_key is None:
            self.create()
        return found


class SavingSessions(SessionMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        request.session = SavingSession(request.COOKIES.get("sessionid"))


class DictSessions(MiddlewareMixin):
    def process_request(self, request: HttpRequest) -> None:
        request.session = {}  # type: ignore[assignment]


class KeepsSession(MiddlewareMixin):
    """Puts an attribute on the session, and a value that is not saved yet, and goes on writing after the view."""

    def process_request(self, request: HttpRequest) -> None:
        request.session.tenant = "north"  # type: ignore[attr-defined]
        request.kept = request.session  # type: ignore[attr-defined]

    def process_response(self, request: Any, response: Any) -> Any:
        request.kept["pages"] = request.kept.get("pages", 0) + 1
        return response


class WritesFirst(MiddlewareMixin):
    def process_request(self, request: HttpRequest) -> None:
        request.session["pages"] = request.session.get("pages", 0) + 1
