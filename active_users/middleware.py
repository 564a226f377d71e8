"""The middleware that notes each logged-in person who visits the site."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from active_users.visits import counting, noting
from active_users.visits.receivers import forget_on_logout, note_after_login
from active_users.visits.visit import get_visit

__all__ = ["ActiveUsersSessionMiddleware"]


class ActiveUsersSessionMiddleware:
    """
    Put it after ``SessionMiddleware`` and ``AuthenticationMiddleware``.

    People are noted before the view runs, so that the page they open counts them. People who become known only during
    the view, by a login or by a token that the view checks, are noted after the response. So are people for whose
    request Django finds no view.

    A subclass may override ``process_view()``. A request with a view for which it does not call ``super()`` is not
    noted. Under ASGI Django runs an overridden ``process_view()`` in a thread; override ``aprocess_view()`` as well to
    avoid that.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]) -> None:
        self.get_response: Callable[[HttpRequest], Any] = get_response
        self.async_mode = iscoroutinefunction(get_response)
        if self.async_mode:
            markcoroutinefunction(self)
            if self._overrides("aprocess_view") or not self._overrides("process_view"):
                self.process_view = self.aprocess_view  # type: ignore[assignment, method-assign] # Django awaits it
        self._may_decline = self._overrides("process_view") or self._overrides("aprocess_view")
        # Here rather than in ready(), because sites that come from 0.4.1 have the middleware but may not have the app.
        user_logged_out.connect(forget_on_logout, dispatch_uid="active_users.forget_on_logout")
        user_logged_in.connect(note_after_login, dispatch_uid="active_users.note_after_login")

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.async_mode:
            return self.__acall__(request)
        response: HttpResponseBase = self.get_response(request)
        if not self._has_declined(request) and noting.should_note_after_response(request):
            noting.note(request)
        counting.learn(request)
        return response

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = await self.get_response(request)
        if not self._has_declined(request) and noting.should_note_after_response(request):
            await noting.anote(request)
        counting.learn(request)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Note the person before ``view`` runs."""
        if noting.should_note_before_view(request, view):
            noting.note(request)
        counting.ask_ahead(request)
        return None

    async def aprocess_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Async twin of ``process_view()``."""
        if noting.should_note_before_view(request, view):
            await noting.anote(request)
        counting.ask_ahead(request)
        return None

    def _has_declined(self, request: HttpRequest) -> bool:
        """Whether a view was found for ``request``, and a subclass did not call our ``process_view()``."""
        return self._may_decline and request.resolver_match is not None and get_visit(request) is None

    def _overrides(self, name: str) -> bool:
        return getattr(type(self), name) is not getattr(ActiveUsersSessionMiddleware, name)
