"""Lists of the active users."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Final, Literal

from django.utils.translation import pgettext

from active_users.api.times import to_time
from active_users.names import is_visible
from active_users.paging import parse_limit, parse_offset
from active_users.places import shorten
from active_users.settings import active_users_settings
from active_users.store.answers import Person
from active_users.store.current import get_store
from active_users.store.sharded import ActiveUserStore
from active_users.twins import async_twin

Order = Literal["recent", "arrival"]
# Of this many people those who came first are told without a list of everybody.
ARRIVALS: Final = 100


class ActiveUser(dict[str, str]):
    """An active user: a dictionary of the entry class's ``fields``, and these attributes."""

    __slots__ = ("_person",)

    def __init__(self, fields: Mapping[str, str], person: Person) -> None:
        dict.__init__(self, fields)
        self._person = person

    @property
    def name(self) -> str:
        """What to call them: their ``username``, else "Member 7" by their ``user_id``, else "Somebody"."""
        if is_visible(username := self.get("username", "")):
            return username
        if user_id := self.get("user_id"):
            return pgettext("active users", "Member %(id)s") % {"id": user_id}
        return pgettext("active users", "Somebody")

    @property
    def since(self) -> datetime:
        """When they came. Somebody who is away for longer than the window comes anew."""
        return to_time(self._person.since * 1000)

    @property
    def last_seen(self) -> datetime:
        return to_time(self._person.last_seen)

    @property
    def identity(self) -> str:
        """What tells them apart from others, as their entry has it."""
        return self._person.identity.decode("utf-8", "surrogatepass")

    def only(self, fields: Mapping[str, str]) -> ActiveUser:
        """The same person with other fields."""
        return ActiveUser(fields, self._person)


@dataclass(frozen=True)
class ActiveUsers:
    """Some of the active users, and how many are active in all."""

    count: int
    users: list[ActiveUser]


def get_active_users(*, limit: int | None = None, offset: int = 0, place: str | None = None) -> list[ActiveUser]:
    """
    Return the people who were seen within the window, or those in ``place``, the most recently seen first.

    Each is a dictionary whose keys are the ``fields`` of the entry class, with the attributes ``name``, ``since`` and
    ``last_seen``. ``user_id`` tells people apart; ``username``, the name that others see, may be empty.

    Without a ``limit`` the list holds everybody, and is read a hundred people at a time. Raises ``ValueError`` if
    ``limit`` is not a number from 0 to 1000, or ``offset`` is negative.
    """
    if limit is not None:
        return list_active_users(limit=limit, offset=offset, place=place).users
    offset = parse_offset(offset)
    return _to_users(_walk(get_store(), check_place(place))[offset:])


def list_active_users(*, limit: int, offset: int = 0, place: str | None = None, order: Order = "recent") -> ActiveUsers:
    """
    Return ``limit`` active users of the site or of ``place``, at most 1000, together with the count.

    ``order="arrival"`` begins with those who came first, so that nobody moves when somebody clicks. If more than a
    hundred and more than ``limit`` are active, it orders those of them who were seen most recently.

    Both are read at once, unless several shards would have to return more than 1000 each. Raises ``ValueError`` as
    ``get_active_users()`` does.
    """
    store, limit, offset, place = get_store(), parse_limit(limit), parse_offset(offset), check_place(place)
    found = max(limit, ARRIVALS) if order == "arrival" else limit
    if store.has_page(limit=found, offset=offset):
        total, people = store.page(limit=found, offset=offset, place=place).result()
    else:
        everybody = _walk(store, place)
        total, people = len(everybody), everybody[offset : offset + found]
    if order == "arrival":
        people.sort(key=attrgetter("since", "identity"))
    return ActiveUsers(total, _to_users(people[:limit]))


aget_active_users = async_twin(get_active_users)
alist_active_users = async_twin(list_active_users)


def check_place(place: str | None) -> str | None:
    if place is not None and not isinstance(place, str):
        raise TypeError(f"place should be a text or None, not {place!r}.")
    return None if place is None else shorten(place)


def _walk(store: ActiveUserStore, place: str | None) -> list[Person]:
    """Everybody, the most recently seen first."""
    # Somebody seen again during the walk comes twice; the dictionary keeps the later one.
    people = {person.identity: person for person in sorted(store.walk(place))}
    return sorted(people.values(), reverse=True)


def _to_users(people: Iterable[Person]) -> list[ActiveUser]:
    load = active_users_settings.KEY_CLASS.load
    return [ActiveUser(load(person.payload).to_dict(), person) for person in people]
