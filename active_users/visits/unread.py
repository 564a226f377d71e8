"""Reads the session and user of a request without making its response vary by cookie."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest
from django.utils.functional import LazyObject, SimpleLazyObject, empty

from active_users.settings import active_users_settings


def is_unasked(user: Any) -> bool:
    """Whether ``user`` is lazy and has not been loaded yet."""
    return isinstance(user, LazyObject) and user._wrapped is empty


@contextmanager
def left_unread(request: HttpRequest) -> Iterator[None]:
    """A session that was unread before this block looks unread after it, even if the block read it."""
    session: Any = getattr(request, "session", None)
    was_unread = session is not None and not session.accessed
    try:
        yield
    finally:
        if was_unread and session.accessed:
            _make_unread(request)


def _make_unread(request: HttpRequest) -> None:
    """
    Mark the session as unread, so that the middleware adds no ``Vary: Cookie``. What was loaded stays loaded.

    Reading the session of somebody who is not logged in may change it: an expired session loses its key, and Django
    would delete its cookie. So such a session is replaced with a fresh one. Reading a logged-in person's session may
    modify it too, when the site's ``SECRET_KEY`` is rotated. It then stays marked as read, because Django is going to
    send a new cookie with the response.
    """
    user = request.user
    if not is_unasked(user):
        if not user.is_authenticated:
            request.session = type(request.session)(request.COOKIES.get(active_users_settings.SESSION_COOKIE_NAME))
        elif request.session.modified:
            return
        _make_lazy_again(request, user)
    request.session.accessed = False


def _make_lazy_again(request: HttpRequest, user: Any) -> None:
    """Make ``request.user`` lazy again, so that the session is marked as read once the site uses the user."""

    def get_user() -> Any:
        request.session.get(SESSION_KEY)
        return user

    async def aget_user() -> Any:
        await request.session.aget(SESSION_KEY)
        return user

    request.user = SimpleLazyObject(get_user)  # type: ignore[assignment]
    request.auser = aget_user
