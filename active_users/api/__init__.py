"""
Who is active: what everything else calls, and a site's own code may.

Whatever asks the store raises ``ActiveUsersUnavailable`` when Redis does not answer. Each function has a twin for async
code, named ``a…``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asgiref.sync import sync_to_async

from active_users.settings import active_users_settings
from active_users.store import current
from active_users.store.answers import Person
from active_users.store.current import get_store
from active_users.store.sharded import PAGE


@dataclass(frozen=True)
class ActiveUsers:
    """Some of the active users, the most recently seen first, and how many there are in all, at one moment."""

    count: int
    users: list[dict[str, str]]


def get_active_users_count() -> int:
    """How many people were seen within the window."""
    return get_store().count().result()


def get_active_users(*, limit: int | None = None, offset: int = 0) -> list[dict[str, str]]:
    """
    The people who were seen within the window, the most recently seen first.

    The keys are the ``fields`` of the entry class. Without a ``limit`` the answer grows with the number of people.
    Raises ``ValueError`` for a negative ``limit`` or ``offset``.
    """
    _check_not_negative(limit=0 if limit is None else limit, offset=offset)
    store = get_store()
    if limit is not None and store.has_page(limit=limit, offset=offset):
        return list_active_users(limit=limit, offset=offset).users
    # Whoever is seen again during the walk comes again, and the later one counts.
    people = {person.identity: person for person in sorted(store.walk())}
    end = None if limit is None else offset + limit
    return _to_dicts(sorted(people.values(), reverse=True)[offset:end])


def list_active_users(*, limit: int, offset: int = 0) -> ActiveUsers:
    """Like ``get_active_users()`` and ``get_active_users_count()`` in one, for at most 1000 people."""
    _check_not_negative(limit=limit, offset=offset)
    store, limit = get_store(), min(limit, PAGE)
    if not store.has_page(limit=limit, offset=offset):
        return ActiveUsers(store.count().result(), get_active_users(limit=limit, offset=offset))
    page = store.page(limit=limit, offset=offset).result()
    return ActiveUsers(page.total, _to_dicts(page.people))


def is_active(user: Any) -> bool:
    """Whether ``user`` was seen within the window."""
    return bool(get_last_seen([user]))


def get_last_seen(users: Iterable[Any]) -> dict[Any, datetime]:
    """
    When users were last seen, by primary key, in one round trip for all; who was not within the window is not there.

    ``get_last_seen(users).get(user.pk)``
    """
    entry_class = active_users_settings.KEY_CLASS
    identities = {user.pk: entry_class.identity_of(user) for user in users if user.pk is not None}
    if not identities:
        return {}
    last_seen = get_store().last_seen(list(identities.values())).result()
    return {
        pk: datetime.fromtimestamp(last_seen[identity] / 1000, UTC)
        for pk, identity in identities.items()
        if identity in last_seen
    }


def forget(user: Any) -> bool:
    """Let ``user`` be active no more, until their next request; the answer is whether they were."""
    return current.forget(active_users_settings.KEY_CLASS.identity_of(user)).result()


def clear() -> bool:
    """Let nobody be active; the answer is whether anybody was."""
    return current.clear().result()


aget_active_users_count = sync_to_async(get_active_users_count, thread_sensitive=False)
aget_active_users = sync_to_async(get_active_users, thread_sensitive=False)
alist_active_users = sync_to_async(list_active_users, thread_sensitive=False)
ais_active = sync_to_async(is_active, thread_sensitive=False)
aget_last_seen = sync_to_async(get_last_seen, thread_sensitive=False)
aforget = sync_to_async(forget, thread_sensitive=False)
aclear = sync_to_async(clear, thread_sensitive=False)


def _check_not_negative(**values: int) -> None:
    for name, value in values.items():
        if value < 0:
            raise ValueError(f"{name} should be 0 or more, not {value!r}.")


def _to_dicts(people: Iterable[Person]) -> list[dict[str, str]]:
    load = active_users_settings.KEY_CLASS.load
    return [load(person.payload).to_dict() for person in people]
