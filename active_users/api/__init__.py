"""
Who is active on the site: counts, lists, and noting and forgetting somebody.

These functions are for a site's own code. They return everything; ``active_users.access`` decides what a requester may
see. They raise ``ActiveUsersUnavailable`` when Redis does not answer, and ``TypeError`` for what is not a user object
where one is needed. Each has an async twin whose name begins with ``a``: ``await aget_active_users_count()``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest

from active_users.api.past import (
    Moment,
    aforget_record,
    aget_history,
    aget_record,
    forget_record,
    get_history,
    get_record,
)
from active_users.api.people import (
    ActiveUser,
    ActiveUsers,
    aget_active_users,
    alist_active_users,
    check_place,
    get_active_users,
    list_active_users,
)
from active_users.api.times import to_time
from active_users.connections.base import Reply
from active_users.paging import parse_whole_number
from active_users.principals import require_principal, require_user
from active_users.settings import active_users_settings
from active_users.store import current
from active_users.store.current import get_store
from active_users.twins import async_twin
from active_users.visits.unseen import note_user
from active_users.visits.visit import outdate_count

__all__ = [
    "ActivePlace",
    "ActiveUser",
    "ActiveUsers",
    "Moment",
    "aclear",
    "aforget",
    "aforget_record",
    "aget_active_guests_count",
    "aget_active_places",
    "aget_active_users",
    "aget_active_users_count",
    "aget_history",
    "aget_last_seen",
    "aget_record",
    "ais_active",
    "alist_active_users",
    "anote",
    "clear",
    "forget",
    "forget_record",
    "get_active_guests_count",
    "get_active_places",
    "get_active_users",
    "get_active_users_count",
    "get_history",
    "get_last_seen",
    "get_record",
    "is_active",
    "list_active_users",
    "note",
]


@dataclass(frozen=True)
class ActivePlace:
    """A place, and how many are there."""

    place: str
    users: int
    guests: int


def get_active_users_count(*, place: str | None = None) -> int:
    """Return how many people were seen within the window, or how many are in ``place``."""
    store, place = get_store(), check_place(place)
    return store.count().result() if place is None else store.counts([place]).result()[1].users


def get_active_guests_count(*, place: str | None = None) -> int:
    """Return how many guests were seen within the window, or how many are in ``place``."""
    place = check_place(place)
    return get_store().counts([] if place is None else [place]).result()[-1].guests


def get_active_places(limit: int = 10) -> list[ActivePlace]:
    """
    Return the places where most people are, users and guests together, those with most first.

    How many are there is exact. Which places these are is told from a sample if more than 200 people are in places.
    Raises ``ValueError`` if ``limit`` is not a number from 0 to 100.
    """
    limit = parse_whole_number("limit", limit, maximum=100)
    return [ActivePlace(place, *counts) for place, counts in get_store().busiest(limit)]


def is_active(user: Any) -> bool:
    """Return whether ``user`` was seen within the window."""
    return bool(get_last_seen([user]))


def get_last_seen(users: Iterable[Any]) -> dict[Any, datetime]:
    """
    Return when ``users`` were last seen, by primary key: ``get_last_seen(users).get(user.pk)``.

    Users not seen within the window are left out. The times are aware, or naive and local if ``USE_TZ`` is false, as
    those of ``django.utils.timezone.now()`` are. Asks for a thousand users at a time.
    """
    if not isinstance(users, Iterable) or isinstance(users, str | bytes):
        raise TypeError(f"users should be a list or queryset of user objects, not {users!r}.")
    identities = {user.pk: identity for user in users if (identity := _identity_of(user))}
    last_seen = get_store().last_seen(list(identities.values()))
    return {pk: to_time(last_seen[identity]) for pk, identity in identities.items() if identity in last_seen}


def note(user: Any, request: HttpRequest | None = None) -> bool:
    """
    Note that ``user`` was seen now, where the middleware cannot see them: on a websocket, in a task, in a stream.

    ``request`` gives the entry an address and a session; it need not be a request by ``user``, and stays as it is.
    Returns whether they were noted: not if they are hidden or inactive, or not a user who has been saved. Raises
    ``ImproperlyConfigured`` if there is no request and the site's entry class needs one.
    """
    reply = _note(user, request)
    if reply is not None:
        reply.result()
    return reply is not None


async def anote(user: Any, request: HttpRequest | None = None) -> bool:
    """Async twin of ``note()``."""
    reply = await sync_to_async(_note)(user, request)  # may ask the database
    if reply is not None:
        await sync_to_async(reply.result, thread_sensitive=False)()
    return reply is not None


def forget(user: Any) -> bool:
    """
    Make ``user`` inactive until their next request. Return whether they were active.

    A request that another process has noted less than a touch interval ago does not bring them back.
    """
    outdate_count()
    identity = _identity_of(user)
    return bool(identity) and current.forget(identity).result()


def clear() -> bool:
    """Make everybody inactive until their next request, as ``forget()`` does. Return whether anybody was active."""
    outdate_count()
    return current.clear().result()


aget_active_users_count = async_twin(get_active_users_count)
aget_active_guests_count = async_twin(get_active_guests_count)
aget_active_places = async_twin(get_active_places)
ais_active = async_twin(is_active)
aget_last_seen = async_twin(get_last_seen)
aforget = async_twin(forget)
aclear = async_twin(clear)


def _identity_of(user: Any) -> str:
    """The identity under which ``user`` is stored, or ``""`` if they have not been saved."""
    require_user(user)
    return "" if user.pk is None else active_users_settings.KEY_CLASS.identity_of(user)


def _note(user: Any, request: HttpRequest | None) -> Reply[int] | None:
    require_principal(user)
    return note_user(user, request)
