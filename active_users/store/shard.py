"""The keys and scripts of one hash tag. The only file that knows them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Final

from active_users.connections.base import Connection, Reply, Script
from active_users.store.answers import (
    Counts,
    Page,
    Person,
    encode,
    encode_identity,
    parse_counts,
    parse_draw,
    parse_last_seen,
    parse_page,
    parse_walk,
)
from active_users.store.past import Past, parse_past

# How many people one step of a walk returns, and how many last_seen() is asked about at once, who take less each. A
# script holds up the server while it runs: these take a fraction of a millisecond.
PART: Final = 100
ASKED_AT_ONCE: Final = 1000
# How many people tell where most are, and how many of them one script draws.
DRAWN: Final = 1000
DRAWN_AT_ONCE: Final = 200


def _load(name: str, *, probe: Script | None = None) -> Script:
    return Script(_read(name).encode(), probe)


def _read(name: str) -> str:
    """The text of a script, with what it includes after each line that says so."""
    text = (files("active_users.store") / "lua" / f"{name}.lua").read_text("utf-8")
    return re.sub(r"^ *-- include (\w+)$", lambda line: f"{line[0]}\n{_read(line[1])}", text, flags=re.MULTILINE)


PROBE: Final = _load("probe")
NOTE: Final = _load("note", probe=PROBE)
COUNT: Final = _load("count")
COUNTS: Final = _load("counts")
LIST: Final = _load("list")
WALK: Final = _load("walk")
LAST_SEEN: Final = _load("last_seen")
DRAW: Final = _load("draw")
FORGET: Final = _load("forget", probe=PROBE)
CLEAR: Final = _load("clear", probe=PROBE)
PAST: Final = _load("past")
REMEMBER: Final = _load("remember")
FORGET_RECORD: Final = _load("forget_record", probe=PROBE)


@dataclass(slots=True, eq=False)
class Shard:
    """
    Some of the people, on one node of a cluster: ``tag`` begins with braces, which keep their keys together.

    Every method but ``walk`` sends its command and returns a ``Reply`` without waiting. A sign of life keeps a person
    in their place for ``place_window`` seconds.
    """

    connection: Connection
    tag: str
    window: float
    place_window: float
    has_guests: bool

    @property
    def users_key(self) -> str:
        """ZSET: identity -> last seen, in milliseconds of the server's clock."""
        return f"{self.tag}:users"

    @property
    def entries_key(self) -> str:
        """HASH: identity -> payload."""
        return f"{self.tag}:entries"

    @property
    def record_key(self) -> str:
        """HASH: users, guests and time of the highest count ever."""
        return f"{self.tag}:record"

    @property
    def history_key(self) -> str:
        """STRING: the highest count of each minute of a week, see ``store.past``."""
        return f"{self.tag}:history"

    @property
    def keys(self) -> tuple[str, str]:
        return self.users_key, self.entries_key

    @property
    def guests_key(self) -> str:
        """ZSET: identity of a guest -> last seen, in milliseconds of the server's clock."""
        return f"{self.tag}:guests"

    @property
    def places_key(self) -> str:
        """ZSET: identity -> where somebody is, and when they were last seen there, see _rows.lua."""
        return f"{self.tag}:places"

    @property
    def names_key(self) -> str:
        """HASH: the names of the places and their numbers."""
        return f"{self.tag}:names"

    # In the order in which _common.lua names them.

    @property
    def _keys(self) -> tuple[str, ...]:
        return *self.keys, self.record_key, self.history_key

    @property
    def all_keys(self) -> tuple[str, ...]:
        return *self._keys, self.guests_key, self.places_key, self.names_key

    def note(
        self,
        identity: str | bytes,
        payload: str,
        *,
        place: str | None = None,
        opens: bool = True,
        formerly: bytes | None = None,
        is_part: bool = False,
        on_failure: Callable[[], object] | None = None,
    ) -> Reply[int]:
        """
        Note that somebody was seen now, in a place if one is given. Answers how many are active on this shard.

        ``is_part``: other shards hold people too, so that this one does not know the highest count.
        """
        keys = self._keys
        arguments: list[bytes | int] = [self._milliseconds, encode_identity(identity), encode(payload)]
        if self.has_guests or isinstance(identity, bytes):
            keys = *keys, self.guests_key
        if is_part:
            arguments.append(1)
        if formerly is not None or place is not None:
            keys = self.all_keys
            arguments[3:] = int(is_part), b"" if formerly is None else encode_identity(formerly)
        if place is not None:
            arguments += *self._in(place), int(opens)
        return self.connection.ask(NOTE, keys, arguments, parse=int, on_failure=on_failure, matters_for=self.window)

    def count(self) -> Reply[int]:
        """How many are active."""
        return self.connection.ask(COUNT, self._keys, [self._milliseconds], parse=int)

    def counts(self, places: Sequence[str]) -> Reply[list[Counts]]:
        """How many are active, and then in each of these places, all of one moment."""
        arguments: list[bytes | int] = [self._milliseconds, self._place_milliseconds, *map(encode, places)]
        return self.connection.ask(COUNTS, self.all_keys, arguments, parse=parse_counts)

    def draw(self, number: int) -> Reply[dict[str, int]]:
        """Where some of the people are, who are drawn at random: how many of them are in each place."""
        arguments = [self._milliseconds, self._place_milliseconds, number]
        return self.connection.ask(DRAW, self.all_keys, arguments, parse=parse_draw)

    def page(self, skip: int, take: int, place: str | None = None) -> Reply[Page]:
        """
        At most ``PAGE`` of the active people, the most recently seen first, and how many are active, all of one moment.

        Holds up the server for about a millisecond, which parts that are sent at once would do as well.
        """
        keys, arguments = self._for(place)
        return self.connection.ask(LIST, keys, [self._milliseconds, skip, take, *arguments], parse=parse_page)

    def walk(self, place: str | None = None) -> Iterator[Person]:
        """All active people, the least recently seen first. Waits for a reply per ``PART`` of them."""
        keys, arguments = self._for(place)
        found, start, skip = PART, 0, 0
        while found == PART:
            step = self.connection.ask(
                WALK, keys, [self._milliseconds, start, skip, PART, *arguments], parse=parse_walk
            )
            found, start, skip, people = step.result()
            yield from people

    def last_seen(self, identities: Sequence[str]) -> Reply[dict[str, int]]:
        """When people were last seen, in milliseconds since 1970. Inactive people are left out."""
        arguments: list[bytes | int] = [self._milliseconds, *map(encode, identities)]
        return self.connection.ask(LAST_SEEN, self._keys, arguments, parse=partial(parse_last_seen, identities))

    def forget(self, identity: str | bytes) -> Reply[bool]:
        """Make somebody inactive. Answers whether they were active."""
        return self.connection.ask(
            FORGET, self.all_keys, [self._milliseconds, encode_identity(identity)], parse=bool, matters_for=self.window
        )

    def clear(self) -> Reply[bool]:
        """Make everybody inactive. Answers whether anybody was active."""
        return self.connection.ask(CLEAR, self.all_keys, [self._milliseconds], parse=bool, matters_for=self.window)

    def past(self, minutes: int) -> Reply[Past]:
        """The record, and the highest count of each of the last ``minutes``."""
        parse = partial(parse_past, minutes=minutes)
        return self.connection.ask(PAST, self.all_keys, [self._milliseconds, minutes], parse=parse)

    def remember(self, users: int, guests: int) -> Reply[None]:
        """Remember how many are active on all shards."""
        return self.connection.ask(REMEMBER, self._keys, [self._milliseconds, users, guests], parse=lambda _: None)

    def forget_record(self, *, and_history: bool = False) -> Reply[bool]:
        """Forget the record. Answers whether there was one."""
        return self.connection.ask(FORGET_RECORD, self.all_keys, [self._milliseconds, int(and_history)], parse=bool)

    def _for(self, place: str | None) -> tuple[tuple[str, ...], list[bytes | int]]:
        """The keys and the last arguments of a script that reads about a place, or about the site."""
        return (self._keys, []) if place is None else (self.all_keys, self._in(place))

    def _in(self, place: str) -> list[bytes | int]:
        return [encode(place), self._place_milliseconds]

    @property
    def _milliseconds(self) -> int:
        return int(self.window * 1000)

    @property
    def _place_milliseconds(self) -> int:
        return min(int(self.place_window * 1000), self._milliseconds)
