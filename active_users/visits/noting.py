"""Decides whether to look for the person who made a request, finds out who it was, and notes them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from asgiref.sync import sync_to_async
from django.core.exceptions import SynchronousOnlyOperation
from django.http import HttpRequest

from active_users.exceptions import ActiveUsersUnavailable
from active_users.settings import active_users_settings
from active_users.store.current import get_store, get_tenant, memo
from active_users.store.sharded import ActiveUserStore
from active_users.visits.exclusions import is_excluded
from active_users.visits.unread import is_unasked, left_unread
from active_users.visits.visit import begin_visit, get_visit

logger = logging.getLogger("active_users")


def should_note_before_view(request: HttpRequest, view: Callable[..., Any] | None) -> bool:
    """Begin the visit. Return whether ``note()`` should look up who made it."""
    visit = begin_visit(request)
    if is_excluded(request, view):
        visit.is_settled = True
        return False
    try:
        key = _memo_key(request)
    except ActiveUsersUnavailable:  # note() logs it
        return True
    if key is None or not hasattr(request, "user"):
        return False
    known = memo.recall(key, active_users_settings.TOUCH_INTERVAL)
    visit.is_settled = bool(known)
    return known is None


def should_note_after_response(request: HttpRequest) -> bool:
    """Whether ``note()`` should look up who made a request that reached no view, or who logged in during the view."""
    visit = get_visit(request)
    if visit is None:
        return should_note_before_view(request, None)
    if visit.is_settled:
        return False
    user = getattr(request, "user", None)
    return user is not None and not is_unasked(user) and user.is_authenticated


def note(request: HttpRequest) -> None:
    """Note the person who made ``request``, if they are logged in."""
    with mistakes_logged(request), left_unread(request):
        store = get_store()
        if store.connection.is_paused:
            store.connection.leave_out(store.window)
            return
        _note_user(request, store)


async def anote(request: HttpRequest) -> None:
    """Async twin of ``note()``."""
    with mistakes_logged(request), left_unread(request):
        store = get_store()
        if store.connection.is_paused:
            store.connection.leave_out(store.window)
            return
        if is_unasked(request.user):
            request.user = await request.auser()
        try:
            _note_user(request, store)
        except SynchronousOnlyOperation:  # the site's entry class, or its rule for hidden people, asks the database
            await sync_to_async(_note_user)(request, store)


@contextmanager
def mistakes_logged(request: HttpRequest) -> Iterator[None]:
    """Log errors of a site's own code, such as its entry class, instead of failing the page."""
    try:
        yield
    except Exception:
        logger.exception("Cannot find out who made the request for %s", request.path)


def _note_user(request: HttpRequest, store: ActiveUserStore) -> None:
    identity = ""
    if request.user.is_authenticated:
        entry = active_users_settings.KEY_CLASS.create_from_request(request)
        identity = entry.identity
    is_hidden = bool(identity) and _is_hidden(request)
    visit, key = get_visit(request), _memo_key(request, identity)
    if visit is None or key is None or memo.recall(key, active_users_settings.TOUCH_INTERVAL) == identity:
        return
    memo.remember(key, identity)
    if is_hidden:
        visit.is_settled = True
        store.forget(identity)  # they may have been noted before the rule hid them
    elif identity:
        visit.is_settled = True
        reply = store.note(identity, entry.dump(), on_failure=partial(memo.discard, key))
        if store.shards == 1:  # otherwise the reply counts only one shard
            visit.note = reply


def _is_hidden(request: HttpRequest) -> bool:
    is_hidden = active_users_settings.IS_HIDDEN
    return not request.user.is_active or (is_hidden is not None and bool(is_hidden(request)))


def _memo_key(request: HttpRequest, identity: str = "") -> tuple[str, ...] | None:
    """What the memo knows a visitor by: the session cookie, or without one the identity, once that is known."""
    cookie = request.COOKIES.get(active_users_settings.SESSION_COOKIE_NAME)
    if cookie:
        return "cookie", get_tenant(), cookie
    return ("identity", get_tenant(), identity) if identity else None
