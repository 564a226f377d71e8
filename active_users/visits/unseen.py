"""Notes people whom the middleware cannot see, for example on a websocket."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured, SynchronousOnlyOperation
from django.http import HttpRequest

from active_users.connections.base import Reply
from active_users.keys import AbstractActiveUserEntry
from active_users.principals import is_hidden, is_person
from active_users.settings import active_users_settings
from active_users.store.current import get_store
from active_users.visits.unread import left_unread
from active_users.visits.visit import outdate_count


def note_user(user: Any, request: HttpRequest | None) -> Reply[int] | None:
    """Note ``user``, with what ``request`` says about them. Returns ``None`` for somebody who is not to be noted."""
    entry = make_entry(user, request)
    if entry is None:
        return None
    outdate_count(request)
    return get_store().note(entry.identity, entry.dump())


def make_entry(user: Any, request: HttpRequest | None) -> AbstractActiveUserEntry | None:
    """The entry of ``user``, or ``None`` for somebody who is not to be noted."""
    if not is_person(user):
        return None
    request_by_user = _request_by(user, request)
    try:
        with left_unread(request_by_user):
            if is_hidden(request_by_user):
                return None
            entry: AbstractActiveUserEntry = active_users_settings.KEY_CLASS.create_from_request(request_by_user)
            return entry
    except Exception as error:
        if request is not None or isinstance(error, SynchronousOnlyOperation):
            raise
        raise ImproperlyConfigured(
            "note() was given no request, and that may be why the site's entry class or its rule for hidden people "
            f"failed: {error!r}. Pass note() a request, or let them do without."
        ) from error


def _request_by(user: Any, request: Any) -> HttpRequest:
    """A copy of ``request`` with ``user``, or without it a request that has only ``user``."""
    request = getattr(request, "_request", request)  # Django REST framework wraps Django's
    if request is None:
        request = HttpRequest()
    if not isinstance(request, HttpRequest):
        raise TypeError(f"request should be a Django HttpRequest or None, not {request!r}.")
    copy = HttpRequest.__new__(type(request))  # copy.copy() leaves things out, as pickling does
    vars(copy).update(vars(request))
    copy.user = user
    return copy
