"""Looking at the session and the user of a request without its response varying by cookie for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest
from django.utils.functional import LazyObject, SimpleLazyObject, empty

from active_users.settings import active_users_settings


def is_unasked(user: Any) -> bool:
    """Whether ``user`` is lazy and nobody has asked who it is."""
    return isinstance(user, LazyObject) and user._wrapped is empty


@contextmanager
def left_unread(request: HttpRequest) -> Iterator[None]:
    """What is read of the session in this block leaves it looking unread, if it was unread before."""
    session: Any = getattr(request, "session", None)
    was_unread = session is not None and not session.accessed
    try:
        yield
    finally:
        if was_unread and session.accessed:
            _make_unread(request)


def _make_unread(request: HttpRequest) -> None:
    """
    What was loaded stays loaded for whoever asks for the user.

    But reading a session that holds nobody may have changed it (one that has expired loses its key, and its cookie
    would be deleted), so that one is laid anew. And one that holds somebody and was modified has to be saved.
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
    """Whoever asks for the user reads the session, and no more than that."""

    def get_user() -> Any:
        request.session.get(SESSION_KEY)
        return user

    async def aget_user() -> Any:
        await request.session.aget(SESSION_KEY)
        return user

    request.user = SimpleLazyObject(get_user)  # type: ignore[assignment]
    request.auser = aget_user
