"""
What a page's polls carry: what its reader may see, and who they are, signed by us less than a minute ago.

So most polls need neither session nor user nor permission. A ticket is good only with the session for which it was
written, so a logout ends it; a right that is withdrawn lasts for a minute at most. It travels in headers, where no log
of requests has it, and is nothing that others could not read in that person's own browser.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from django.contrib.auth import SESSION_KEY
from django.core.signing import BadSignature
from django.http import HttpRequest

from active_users.exceptions import ActiveUsersUnavailable
from active_users.keys import ActiveUserEntry, digest_session_key
from active_users.settings import active_users_settings
from active_users.signatures import sign, unsign
from active_users.store.current import memo
from active_users.visits.visit import LOGOUT_TAKES, Known

SECONDS: Final = 60
# Web servers' clocks differ. A clock that was set back by more makes no ticket last longer.
MAX_AHEAD: Final = 5
# Servers limit the headers of a request, some to 8 KB in all.
MAX_LENGTH: Final = 2000


class Ticket(NamedTuple):
    """
    The fields that a reader may see, or ``None`` if the page lists nobody; whether they hold the permission, or
    ``None`` if the page shows nothing that takes it; who it is, or ``None`` if nobody looked; and how many seconds ago
    that was so.
    """

    fields: Sequence[str] | None = None
    is_holder: bool | None = None
    person: Known | None = None
    age: float = 0


def write_ticket(
    request: HttpRequest, fields: Sequence[str] | None, is_holder: bool | None, person: Known | None
) -> str:
    """
    A ticket for the session of ``request``, or for strangers, who have none. ``""`` if its user is known by neither.

    It looks at the session and the user.
    """
    if _is_known_otherwise(request):
        return ""
    with suppress(ActiveUsersUnavailable):
        text = sign((time.time(), fields, is_holder, _pack(person)), *_purpose(request))
        if len(text) <= MAX_LENGTH:
            return text
    return ""


def read_ticket(request: HttpRequest) -> Ticket | None:
    """The ticket that comes with ``request``, or ``None`` without a good one."""
    text = request.META.get("HTTP_ACTIVE_USERS", "")
    if ":" not in text or len(text) > MAX_LENGTH:
        return None
    try:
        issued, fields, is_holder, packed = unsign(text, *_purpose(request))
    except (BadSignature, ActiveUsersUnavailable):
        return None
    age = time.time() - issued
    if not -MAX_AHEAD < age < SECONDS:
        return None
    person, age = _unpack(packed, request), max(age, 0)
    if person is not None and memo.was_forgotten(person.identity, since=time.monotonic() - age - LOGOUT_TAKES):
        return None  # maybe in another browser
    return Ticket(fields, is_holder, person, age)


def _pack(person: Known | None) -> tuple[str, str] | None:
    """
    Only the primary key and the name travel. The session's digest and the address come from the request that brings it.

    A site's own way to make an entry may need more, and its fields may be secrets, also from the person they are about.
    """
    if person is None or not person.identity:
        return person
    entry_class = active_users_settings.KEY_CLASS
    if not _is_made_by_us(entry_class):
        return None
    entry = entry_class.load(person.payload)
    return entry.user_id, entry.username


def _unpack(packed: tuple[str, str] | None, request: HttpRequest) -> Known | None:
    entry_class = active_users_settings.KEY_CLASS
    if packed is None:
        return None
    if not packed[0]:
        return Known(*packed)
    if not _is_made_by_us(entry_class):  # it was when the ticket was written
        return None
    entry = entry_class()
    entry.user_id, entry.username = packed
    entry.add_session_and_address(request)
    return Known(entry.identity, entry.dump())


def _is_made_by_us(entry_class: type[Any]) -> bool:
    make: Any = entry_class.create_from_request
    ours: Any = ActiveUserEntry.create_from_request
    return getattr(make, "__func__", None) is ours.__func__


def _purpose(request: HttpRequest) -> tuple[object, ...]:
    """The rule, what tells one session apart, and a token, by which a site may know somebody else."""
    rule, session = active_users_settings.VISIBLE_FIELDS, getattr(request, "session", None)
    token = request.META.get("HTTP_AUTHORIZATION")
    return "ticket", rule.__module__, rule.__qualname__, digest_session_key(session), token


def _is_known_otherwise(request: HttpRequest) -> bool:
    """Whether the user is logged in, but not in the session: by a token, or a cookie of other middleware."""
    is_logged_in = getattr(getattr(request, "user", None), "is_authenticated", False)
    return bool(is_logged_in) and SESSION_KEY not in getattr(request, "session", ())
