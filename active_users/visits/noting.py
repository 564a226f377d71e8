"""Decides whether to look for the person who made a request, finds out who it was, and notes them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.core.exceptions import SynchronousOnlyOperation
from django.http import HttpRequest

from active_users.exceptions import ActiveUsersUnavailable
from active_users.logs import log_once
from active_users.principals import is_hidden, is_person
from active_users.settings import active_users_settings
from active_users.store.current import get_store_for_notes, get_tenant, memo
from active_users.store.sharded import ActiveUserStore
from active_users.visits.counting import answer_of_note
from active_users.visits.exclusions import why_excluded
from active_users.visits.unread import can_leave_unread, is_unasked, left_unread
from active_users.visits.visit import HIDDEN, NOBODY, Known, Reason, Visit, begin_visit, get_visit

Key = tuple[str | None, ...]

# For which part of the window somebody who was noted before still counts, whatever else happens during the request.
STILL_COUNTS: Final = 0.75


def should_note_before_view(request: HttpRequest, view: Callable[..., Any] | None) -> bool:
    """Begin the visit. Return whether ``note()`` should look up who made it."""
    visit = begin_visit(request)
    try:
        excluded = why_excluded(request, view, visit.settings.exclude_url_patterns)
        visit.is_excluded = excluded is not None
        key = None if visit.is_excluded else memo_key(request, visit)
        if key is None:
            visit.reason = excluded or "no session"
            return False
        known = memo.recall(key, visit.settings.touch_interval)
        visit.is_settled = bool(known)
        if known is not None:
            visit.identity, visit.reason = known, "a moment ago" if known else "nobody"
            return False
        # Who counts anyway until the end of the request is noted then, when the page has usually loaded its user.
        still_counts = None
        if is_unasked(getattr(request, "user", None)):
            still_counts = memo.recall(key, visit.settings.key_expire * STILL_COUNTS)
        if still_counts:
            visit.is_due, visit.identity, visit.reason = True, still_counts, "still counts"
        return not visit.is_due and can_leave_unread(request)
    except Exception as error:
        log_failure(request, error)
        return False


def should_note_after_response(request: HttpRequest) -> bool:
    """
    Whether ``note()`` should look up who made a request that reached no view, or took long, or who logged in during
    the view.
    """
    visit = get_visit(request)
    if visit is None:
        match = request.resolver_match  # an earlier middleware may have answered in the place of the view
        if should_note_before_view(request, None if match is None else match.func):
            return True
        visit = get_visit(request)
    if visit is None or visit.is_excluded:
        return False
    visit.is_over = True
    try:
        if visit.is_settled:
            return visit.age > visit.settings.key_expire / 20
        user = getattr(request, "user", None)
        return (visit.is_due and can_leave_unread(request)) or (not is_unasked(user) and is_person(user))
    except Exception as error:
        log_failure(request, error)
        return False


def note(request: HttpRequest) -> None:
    """Note the person who made ``request``, if they are logged in."""
    try:
        store = get_store_for_notes()
        if store is not None:
            _note_user(request, store)
        else:
            explain(request, "paused")
    except Exception as error:
        log_failure(request, error)


async def anote(request: HttpRequest) -> None:
    """Async twin of ``note()``. What may ask the database runs in a thread."""
    try:
        store = get_store_for_notes()
        if store is None:
            explain(request, "paused")
            return
        if not is_unasked(getattr(request, "user", None)):
            try:
                _note_user(request, store)
                return
            except SynchronousOnlyOperation:  # the site's entry class, or its rule for hidden people
                pass
        await sync_to_async(_note_user)(request, store)
    except Exception as error:
        log_failure(request, error)


def is_activity(request: HttpRequest) -> bool:
    """Whether a request to this page is one that counts, so that reading it counts too."""
    visit = get_visit(request)
    return request.resolver_match is None if visit is None else not visit.is_excluded


def explain(request: HttpRequest, reason: Reason) -> None:
    visit = get_visit(request)
    if visit is not None:
        visit.reason = reason


def log_failure(request: HttpRequest, error: Exception) -> None:
    explain(request, "failed")
    if not isinstance(error, ActiveUsersUnavailable):  # which is logged where it is raised
        message = "Cannot find out who made requests, the first for %s, so they are not noted"
        log_once(logging.ERROR, message, getattr(request, "path", "?"), error=error)


def _note_user(request: HttpRequest, store: ActiveUserStore) -> None:
    visit = get_visit(request)
    if visit is None:
        return  # a view has deleted it
    key, identity, hides = memo_key(request, visit), "", False  # the key first: an expired session loses it
    with left_unread(request):
        if is_person(getattr(request, "user", None)):
            entry = active_users_settings.KEY_CLASS.create_from_request(request)
            identity, payload, hides = entry.identity, entry.dump(), is_hidden(request)
    visit.identity = identity
    visit.known = Known(identity, payload) if identity and not hides else HIDDEN if hides else NOBODY
    if key is None and identity:
        key = "identity", store.tenant, identity
    interval = visit.settings.touch_interval
    if key is None or (visit.is_over and visit.reads is None and memo.recall(key, interval) == identity):
        return
    visit.is_settled = bool(identity)
    if identity and memo.was_forgotten(identity, since=visit.began):
        visit.reason = "forgotten"
        return  # they have logged out during this request, or were erased
    if identity and not hides:
        send_note(store, visit, key, visit.known)
        return
    visit.reason = "hidden" if hides else "nobody"
    memo.remember(key, identity, interval)
    if identity:
        store.forget(identity)  # they may have been noted before the rule hid them


def send_note(store: ActiveUserStore, visit: Visit, key: Key, known: Known) -> None:
    settings = visit.settings
    memo.remember(key, known.identity, max(settings.touch_interval, settings.key_expire * STILL_COUNTS))
    since, discard = visit.age if visit.is_over else None, partial(memo.discard, key)
    place, opens = visit.reads or (None, True)
    visit.identity, visit.reason = known.identity, "noted"
    reply = store.note(*known, place=place, opens=opens, not_forgotten_for=since, on_failure=discard)
    visit.asked, visit.noted = answer_of_note(store, reply), reply


def memo_key(request: HttpRequest, visit: Visit) -> Key | None:
    """
    What the memo knows a visitor by: the key of their session, which is read without loading it, and their token, by
    which a site may know somebody else.
    """
    key = getattr(getattr(request, "session", None), "session_key", None)
    return ("session", get_tenant(visit.settings.cache), key, request.META.get("HTTP_AUTHORIZATION")) if key else None
