"""Looks at the session and the user of a request without leaving a trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Model
from django.http import HttpRequest
from django.utils.functional import LazyObject, SimpleLazyObject, empty

from active_users.settings import active_users_settings

# What loading a session or its user may call.
_WRITES = ("create", "cycle_key", "delete", "flush", "save")


def is_unasked(user: Any) -> bool:
    """Whether ``user`` is lazy and has not been loaded yet."""
    return isinstance(user, LazyObject) and user._wrapped is empty


@contextmanager
def left_unread(request: HttpRequest) -> Iterator[None]:
    """
    What was unread before this block looks unread after it, so that the response does not vary by cookie.

    ``request.session`` and ``request.user`` stay the objects that they were. What was loaded stays loaded, so that the
    page need not load it again. But reading a session may change it: an expired one loses its key, Django ends one
    after a change of password, and renews one after a change of ``SECRET_KEY``. That is put off until the page asks.
    """
    session: Any = getattr(request, "session", None)
    user: Any = getattr(request, "user", None)
    if isinstance(session, LazyObject):
        session = session._wrapped
    if not isinstance(session, SessionBase) or session.accessed:
        yield
        return
    key, state, was_unasked = session.session_key, dict(vars(session)), is_unasked(user)
    had_cached_user = hasattr(request, "_cached_user")
    put_off: list[Any] = []
    vars(session).update(dict.fromkeys(_WRITES, lambda *args, **kwargs: put_off.append(args)))
    try:
        yield
    finally:
        was_read = session.accessed
        is_changed = bool(put_off) or session.session_key != key or session.modified != state["modified"]
        is_lazy = issubclass(type(user), SimpleLazyObject)
        if was_read and was_unasked and is_lazy and not is_unasked(user):
            _make_unasked(request, session, user, stays_loaded=not is_changed)
        if not had_cached_user:
            vars(request).pop("_cached_user", None)
        if is_changed or active_users_settings.SESSION_SAVE_EVERY_REQUEST:  # or old data would be saved
            vars(session).clear()
            vars(session).update(state)
        else:
            for name in _WRITES:
                del vars(session)[name]
        # Another object may hide a lazy user, whose later use would go unseen. Then the session stays marked as read.
        session.accessed = was_read and not (is_lazy or issubclass(type(user), (Model, AnonymousUser)))


def _make_unasked(request: HttpRequest, session: SessionBase, user: Any, *, stays_loaded: bool) -> None:
    """Make a lazy user lazy again. When the page asks for it, that reads the session, but costs no second query."""
    loaded, load = user._wrapped, vars(user)["_setupfunc"]
    user_id = session.get(SESSION_KEY)

    def load_again() -> Any:
        if stays_loaded and session.get(SESSION_KEY) == user_id:
            return loaded
        vars(request).pop("_cached_user", None)  # somebody has logged in or out since
        return load()

    vars(user).update(_setupfunc=load_again, _wrapped=empty)
    if issubclass(type(loaded), SimpleLazyObject):  # the site has put one lazy user around another
        _make_unasked(request, session, loaded, stays_loaded=stays_loaded)
