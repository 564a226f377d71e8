"""Looks at the session and the user of a request without leaving a trace."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import FunctionType, MethodType
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Model
from django.http import HttpRequest
from django.utils.functional import empty

from active_users.lazy import is_unloaded, unwrap

# How many things to look at in search of a lazy user.
MOST = 100
# What loading a session or its user may call.
_WRITES = ("create", "cycle_key", "delete", "flush", "save")


def is_unasked(user: Any) -> bool:
    """Whether ``user`` is lazy, or wraps a lazy one, and has not been loaded yet."""
    return is_unloaded(user) or (not _is_loaded_user(user) and any(True for _ in _find_unloaded(user)))


def can_leave_unread(request: HttpRequest) -> bool:
    """Whether ``left_unread()`` knows what kind of session the request has, if any."""
    session = unwrap(getattr(request, "session", None))
    return isinstance(session, SessionBase) or not hasattr(session, "session_key")


@contextmanager
def left_unread(request: HttpRequest) -> Iterator[None]:
    """
    Load the user. After this block the session and the user are as before it, and what was unread is unread.

    Nothing that was loaded is kept, because the view may change it in the database before it asks. Nothing is written:
    reading a session may change it, for example because Django ends it after a change of password, but not before the
    page itself asks.
    """
    user, session = getattr(request, "user", None), unwrap(getattr(request, "session", None))
    if not isinstance(session, SessionBase):
        session = SessionBase()
    elif session.accessed and _is_loaded_user(user):
        yield  # the page has asked already
        return
    lazy_users = [*_find_unloaded(user), *filter(is_unloaded, vars(request).values())]
    attributes, had_cached_user = vars(session), "_cached_user" in vars(request)
    state = attributes.copy()
    if "_session_cache" in state:
        state["_session_cache"] = state["_session_cache"].copy()
    attributes.update(dict.fromkeys(_WRITES, _do_nothing), accessed=False)
    user_reads_session = False
    try:
        getattr(user, "is_authenticated", None)
        user_reads_session = session.accessed
        yield
    finally:
        attributes.clear()
        attributes.update(state)
        for lazy in lazy_users:
            vars(lazy)["_wrapped"] = empty
        # The page's use of a user whom we cannot make lazy again would go unseen.
        session.accessed = state["accessed"] or (user_reads_session and not lazy_users)
        if not had_cached_user:
            vars(request).pop("_cached_user", None)


def _do_nothing(*args: Any, **options: Any) -> None:
    pass


def _is_loaded_user(user: Any) -> bool:
    return not is_unloaded(user) and issubclass(type(unwrap(user)), (Model, AnonymousUser))


def _find_unloaded(user: Any) -> Iterator[Any]:
    """``user`` and those whom it wraps or is made from, as far as they are lazy and have not been loaded yet."""
    things = [user]
    for thing in things:  # which grows
        if is_unloaded(thing):
            yield thing
        if len(things) < MOST:
            things += _parts_of(thing)


def _parts_of(thing: Any) -> list[Any]:
    """What a function was given when it was made, or the attributes of an object of a site's own class."""
    kind = type(thing)
    if kind is FunctionType:
        defaults = [*(thing.__defaults__ or ()), *(thing.__kwdefaults__ or {}).values()]
        return [*gc.get_referents(*(thing.__closure__ or ())), *defaults]
    if kind is partial:
        return [thing.func, *thing.args, *thing.keywords.values()]
    if kind is MethodType:
        return [thing.__self__]
    if kind.__module__ == "builtins" or issubclass(kind, (type, HttpRequest, SessionBase, Model, AnonymousUser)):
        return []
    parts = gc.get_referents(thing)  # its attributes, or a dictionary of them, wherever they are kept
    return parts + [value for part in parts if type(part) is dict for value in part.values()]
