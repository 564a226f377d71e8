"""Looks at the session and the user of a request without leaving a trace."""

from __future__ import annotations

import gc
from asyncio import get_running_loop
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils.functional import empty

from active_users.lazy import is_unloaded, unwrap
from active_users.settings import active_users_settings

# What loading a session or its user may call.
_WRITES = ("create", "cycle_key", "delete", "flush", "save")


def is_unasked(user: Any) -> bool:
    """Whether ``user`` is lazy, or wraps a lazy one, and has not been loaded yet."""
    return is_unloaded(user) or any(True for _ in _find_unloaded(user))


@contextmanager
def left_unread(request: HttpRequest) -> Iterator[None]:
    """
    Load the user. What was unread before this block looks unread after it, so the response does not vary by cookie.

    ``request.session`` and ``request.user`` stay the objects that they were. What was loaded stays loaded, so that the
    page need not load it again, with two exceptions. Reading a session may change it: an expired one loses its key,
    Django ends one after a change of password, and renews one after a change of ``SECRET_KEY``. That is put off until
    the page asks. And an async view that uses the user as if it were sync gets the error that it gets without us.
    """
    user, session = getattr(request, "user", None), _find_session(request)
    lazy_users, had_cached_user = list(_find_unloaded(user)), "_cached_user" in vars(request)
    if session.accessed and not lazy_users:
        yield
        return
    attributes = vars(session)
    state, put_off, user_reads_session = attributes.copy(), [], False
    if "_session_cache" in state:
        state["_session_cache"] = state["_session_cache"].copy()
    attributes.update(dict.fromkeys(_WRITES, lambda *args, **kwargs: put_off.append(args)), accessed=False)
    try:
        getattr(user, "is_authenticated", None)
        user_reads_session = session.accessed
        yield
    finally:
        lazy_users = [lazy for lazy in lazy_users if not is_unloaded(lazy)]
        for name in _WRITES:
            del attributes[name]
        user_id = attributes.get("_session_cache", {}).get(SESSION_KEY)
        # The page's use of a user whom we cannot make lazy again would go unseen.
        attributes["accessed"] = state["accessed"] = state["accessed"] or (user_reads_session and not lazy_users)
        is_changed = bool(put_off) or attributes | state != attributes
        # A session that is saved without having been used must be as new as when it is saved.
        if is_changed or active_users_settings.SESSION_SAVE_EVERY_REQUEST:
            attributes.clear()
            attributes.update(state)
        if not had_cached_user:
            vars(request).pop("_cached_user", None)

        def may_keep_user() -> bool:
            """Asked when the page asks for the user, which reads the session. Somebody may have logged in or out."""
            is_same = not user_reads_session or session.get(SESSION_KEY) == user_id
            return is_same and not is_changed and not _is_in_event_loop()

        for lazy in lazy_users:
            _unload(lazy, may_keep_user)


def _find_session(request: HttpRequest) -> SessionBase:
    """The session behind ``request.session``, which may be lazy. An empty one if that is not Django's."""
    session = unwrap(getattr(request, "session", None))
    return session if isinstance(session, SessionBase) else SessionBase()


def _find_unloaded(user: Any, depth: int = 3) -> Iterator[Any]:
    """``user`` and those whom it wraps, as far as they are lazy and have not been loaded yet."""
    if is_unloaded(user):
        yield user
    attributes = getattr(user, "__dict__", {})
    load = attributes.get("_setupfunc")
    cells = getattr(load, "__closure__", None) or ()
    for part in (*attributes.values(), *getattr(load, "args", ()), *gc.get_referents(*cells)):
        if depth and is_unloaded(part):
            yield from _find_unloaded(part, depth - 1)


def _unload(user: Any, may_keep: Callable[[], bool]) -> None:
    """Make ``user`` lazy again. Loading it gives what it gave, without a query, as long as ``may_keep()``."""
    loaded = user._wrapped

    def set_up() -> None:
        if may_keep():
            vars(user)["_wrapped"] = loaded
        else:
            type(user)._setup(user)
        del vars(user)["_setup"]

    vars(user).update(_wrapped=empty, _setup=set_up)


def _is_in_event_loop() -> bool:
    try:
        get_running_loop()
    except RuntimeError:
        return False
    return True
