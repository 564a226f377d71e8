"""Notes each person who visits the site."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from active_users import visits


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
        # Django looks at each method by itself to tell whether it is async.
        self.process_view: Callable[..., Any] = self._anote_before_view if self.async_mode else self._note_before_view
        user_logged_out.connect(visits.forget_on_logout, dispatch_uid="active_users.forget_on_logout")

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.async_mode:
            return self.__acall__(request)
        response: HttpResponseBase = self.get_response(request)
        if visits.is_late(request):
            visits.note(request)
        return response

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = await self.get_response(request)
        if visits.is_late(request):
            await visits.anote(request)
        return response

    def _note_before_view(self, request: HttpRequest, view: Callable[..., Any], *args: Any) -> None:
        if visits.is_new(request, view):
            visits.note(request)

    async def _anote_before_view(self, request: HttpRequest, view: Callable[..., Any], *args: Any) -> None:
        if visits.is_new(request, view):
            await visits.anote(request)
