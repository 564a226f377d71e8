"""
Who is active on the site: counts, lists, and noting and forgetting somebody.

These functions are for a site's own code. They return everything; ``active_users.access`` decides what a requester may
see. They raise ``ActiveUsersUnavailable`` when Redis does not answer. Each has an async twin whose name begins with
``a``: ``await aget_active_users_count()``.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.http import HttpRequest

from active_users.paging import parse_limit, parse_offset, parse_whole_number
from active_users.settings import active_users_settings
from active_users.store import current
from active_users.store.answers import Person
from active_users.store.current import get_store
from active_users.store.past import MINUTES_KEPT, Tally
from active_users.store.sharded import ActiveUserStore
from active_users.visits.unseen import note_user

__all__ = [
    "ActiveUsers",
    "Moment",
    "aclear",
    "aforget",
    "aforget_record",
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
    "get_active_users",
    "get_active_users_count",
    "get_history",
    "get_last_seen",
    "get_record",
    "is_active",
    "list_active_users",
    "note",
]

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


@dataclass(frozen=True)
class ActiveUsers:
    """Some of the active users, the most recently seen first, and how many are active in all."""

    count: int
    users: list[dict[str, str]]


@dataclass(frozen=True)
class Moment:
    """How many were active at a time."""

    at: datetime
    users: int
    guests: int

    @property
    def total(self) -> int:
        return self.users + self.guests


def get_active_users_count() -> int:
    """Return how many people were seen within the window."""
    return get_store().count().result()


def get_active_users(*, limit: int | None = None, offset: int = 0) -> list[dict[str, str]]:
    """
    Return the people who were seen within the window, the most recently seen first.

    The keys of each dictionary are the ``fields`` of the entry class. ``user_id`` tells people apart; ``username``, the
    name that others see, may be empty.

    Without a ``limit`` the list holds everybody, and is read a hundred people at a time. Raises ``ValueError`` if
    ``limit`` is not a number from 0 to 1000, or ``offset`` is negative.
    """
    if limit is not None:
        return list_active_users(limit=limit, offset=offset).users
    offset = parse_offset(offset)
    return _to_dicts(_walk(get_store())[offset:])


def list_active_users(*, limit: int, offset: int = 0) -> ActiveUsers:
    """
    Return ``limit`` active users, at most 1000, together with the count.

    Both are read at once, unless several shards would have to return more than 1000 each. Raises ``ValueError`` as
    ``get_active_users()`` does.
    """
    store, limit, offset = get_store(), parse_limit(limit), parse_offset(offset)
    if not store.has_page(limit=limit, offset=offset):
        people = _walk(store)[offset : offset + limit]
        return ActiveUsers(store.count().result(), _to_dicts(people))
    page = store.page(limit=limit, offset=offset).result()
    return ActiveUsers(page.total, _to_dicts(page.people))


def is_active(user: Any) -> bool:
    """Return whether ``user`` was seen within the window."""
    return bool(get_last_seen([user]))


def get_last_seen(users: Iterable[Any]) -> dict[Any, datetime]:
    """
    Return when ``users`` were last seen, by primary key: ``get_last_seen(users).get(user.pk)``.

    Users not seen within the window are left out. The times are aware, or naive and local if ``USE_TZ`` is false, as
    those of ``django.utils.timezone.now()`` are. Asks for a thousand users at a time.
    """
    entry_class = active_users_settings.KEY_CLASS
    identities = {user.pk: entry_class.identity_of(user) for user in users if user.pk is not None}
    last_seen = get_store().last_seen(list(identities.values()))
    return {pk: _to_time(last_seen[identity]) for pk, identity in identities.items() if identity in last_seen}


def get_record() -> Moment | None:
    """Return the highest number of people ever, users and guests together, and when. ``None`` if there is none yet."""
    record = get_store().past(minutes=1).result().record
    return None if record is None else _to_moment(record)


def forget_record() -> bool:
    """Forget the record, and the current minute of the history. Return whether there was one."""
    return get_store().forget_record().result()


def get_history(*, hours: int = 24) -> list[Moment]:
    """
    Return the highest number of people in each minute of the last ``hours``, the oldest first, of a week at most.

    A minute in which nobody was noted is left out. Raises ``ValueError`` if ``hours`` is not a number from 0 to 168.
    """
    hours = parse_whole_number("hours", hours, maximum=MINUTES_KEPT // 60)
    return [_to_moment(minute) for minute in get_store().past(minutes=hours * 60).result().minutes]


def note(user: Any, request: HttpRequest | None = None) -> bool:
    """
    Note that ``user`` was seen now, where the middleware cannot see them: on a websocket, in a task, in a stream.

    ``request`` gives the entry an address and a session; it need not be a request by ``user``, and stays as it is.
    Returns whether they were noted: not if they are hidden or inactive, or not a user who has been saved. Raises
    ``ImproperlyConfigured`` if there is no request and the site's entry class needs one.
    """
    reply = note_user(user, request)
    if reply is not None:
        reply.result()
    return reply is not None


async def anote(user: Any, request: HttpRequest | None = None) -> bool:
    """Async twin of ``note()``."""
    reply = await sync_to_async(note_user)(user, request)  # may ask the database
    if reply is not None:
        await sync_to_async(reply.result, thread_sensitive=False)()
    return reply is not None


def forget(user: Any) -> bool:
    """
    Make ``user`` inactive until their next request. Return whether they were active.

    A request that another process has noted less than a touch interval ago does not bring them back.
    """
    return current.forget(active_users_settings.KEY_CLASS.identity_of(user)).result()


def clear() -> bool:
    """Make everybody inactive until their next request, as ``forget()`` does. Return whether anybody was active."""
    return current.clear().result()


def _async_twin(function: Callable[Parameters, Result]) -> Callable[Parameters, Coroutine[Any, Any, Result]]:
    @wraps(function)
    async def twin(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        return await sync_to_async(function, thread_sensitive=False)(*args, **kwargs)

    twin.__name__ = twin.__qualname__ = f"a{function.__name__}"
    twin.__doc__ = f"Async twin of ``{function.__name__}()``."
    return twin


aget_active_users_count = _async_twin(get_active_users_count)
aget_active_users = _async_twin(get_active_users)
alist_active_users = _async_twin(list_active_users)
ais_active = _async_twin(is_active)
aget_last_seen = _async_twin(get_last_seen)
aget_record = _async_twin(get_record)
aforget_record = _async_twin(forget_record)
aget_history = _async_twin(get_history)
aforget = _async_twin(forget)
aclear = _async_twin(clear)


def _walk(store: ActiveUserStore) -> list[Person]:
    """Everybody, the most recently seen first."""
    # Somebody seen again during the walk comes twice; the dictionary keeps the later one.
    people = {person.identity: person for person in sorted(store.walk())}
    return sorted(people.values(), reverse=True)


def _to_moment(tally: Tally) -> Moment:
    return Moment(_to_time(tally.milliseconds), tally.users, tally.guests)


def _to_time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC if active_users_settings.USE_TZ else None)


def _to_dicts(people: Iterable[Person]) -> list[dict[str, str]]:
    load = active_users_settings.KEY_CLASS.load
    return [load(person.payload).to_dict() for person in people]
