"""Notes each person who visits the site."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from active_users.visits import noting
from active_users.visits.receivers import forget_on_logout


class ActiveUsersSessionMiddleware:
    """
    Belongs after ``SessionMiddleware`` and ``AuthenticationMiddleware``.

    People are noted before the view runs, so that the page they open counts them; after the response, those are noted
    who are known only then: by a login, or by a view that tells its callers by a token.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]) -> None:
        self.get_response: Callable[[HttpRequest], Any] = get_response
        self.async_mode = iscoroutinefunction(get_response)
        if self.async_mode:
            markcoroutinefunction(self)
        # Here and not in ready(), for sites that came from 0.4.1 have the middleware and not the app.
        user_logged_out.connect(forget_on_logout, dispatch_uid="active_users.forget_on_logout")

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.async_mode:
            return self.__acall__(request)
        response: HttpResponseBase = self.get_response(request)
        if noting.should_note_after_response(request):
            noting.note(request)
        return response

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = await self.get_response(request)
        if noting.should_note_after_response(request):
            await noting.anote(request)
        return response

    @property
    def process_view(self) -> Callable[..., Any]:
        """Of either kind, for Django asks of each method whether it is async."""
        return self._anote_before_view if self.async_mode else self._note_before_view

    def _note_before_view(self, request: HttpRequest, view: Callable[..., Any], *args: Any) -> None:
        if noting.should_note_before_view(request, view):
            noting.note(request)

    async def _anote_before_view(self, request: HttpRequest, view: Callable[..., Any], *args: Any) -> None:
        if noting.should_note_before_view(request, view):
            await noting.anote(request)
