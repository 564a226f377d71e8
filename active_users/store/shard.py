"""The keys and scripts of one hash tag. The only file that knows them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
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
BACKDATE: Final = _load("backdate", probe=PROBE)
ERASE: Final = _load("erase", probe=PROBE)


NAMES: Final = ("users", "entries", "record", "history", "guests", "places", "names", "forgotten")


@lru_cache(maxsize=1024)
def _keys_of(tag: str) -> tuple[str, ...]:
    """
    The keys of a shard, in the order in which the scripts take them; _common.lua says more about each.

    * ``…:users``    ZSET: identity -> last seen, in milliseconds of the server's clock
    * ``…:entries``  HASH: identity -> since when they are active, then payload
    * ``…:record``   HASH: the highest count ever, and when
    * ``…:history``  STRING: the highest count of each minute of a week
    * ``…:guests``   ZSET: like users
    * ``…:places``   ZSET: identity -> where somebody is, and when they were last seen there
    * ``…:names``    HASH: the names and numbers of the places
    * ``…:forgotten``  ZSET: identity -> when they were forgotten; ``""`` is everybody
    """
    return tuple(f"{tag}:{name}" for name in NAMES)


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
    def all_keys(self) -> tuple[str, ...]:
        return _keys_of(self.tag)

    @property
    def keys(self) -> tuple[str, ...]:
        """Users and entries, which suffice for whoever asks about the users of the site."""
        return self.all_keys[:2]

    @property
    def users_key(self) -> str:
        return self.all_keys[0]

    @property
    def entries_key(self) -> str:
        return self.all_keys[1]

    def note(
        self,
        identity: str | bytes,
        payload: str,
        *,
        place: str | None = None,
        opens: bool = True,
        formerly: bytes | None = None,
        not_forgotten_for: float | None = None,
        is_part: bool = False,
        on_failure: Callable[[], object] | None = None,
    ) -> Reply[int]:
        """
        Note that somebody was seen now, in a place if one is given. Answers how many are active on this shard, or the
        complement of that number, which is negative, if they were left out because they were forgotten.

        ``is_part``: other shards hold people too, so that this one does not know the highest count.
        """
        keys = self.all_keys
        arguments: list[bytes | int] = [self._milliseconds, encode_identity(identity), encode(payload)]
        if is_part:
            arguments.append(1)
        if not_forgotten_for is None and formerly is None and place is None:
            keys = keys[: 5 if self.has_guests or isinstance(identity, bytes) else 4]
        else:
            forgotten = b"" if not_forgotten_for is None else int(not_forgotten_for * 1000)
            arguments[3:] = int(is_part), forgotten, b"" if formerly is None else encode_identity(formerly)
        if place is not None:
            arguments += *self._in(place), int(opens)
        return self.connection.ask(NOTE, keys, arguments, parse=int, on_failure=on_failure, matters_for=self.window)

    def probe(self) -> Reply[int]:
        """How many are active, if somebody could be noted now."""
        return self.connection.ask(PROBE, self.all_keys, [self._milliseconds], parse=int)

    def count(self) -> Reply[int]:
        """How many are active."""
        return self.connection.ask(COUNT, self.keys, [self._milliseconds], parse=int)

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
        return self.connection.ask(LAST_SEEN, self.keys, arguments, parse=partial(parse_last_seen, identities))

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

    def remember(self, users: int, guests: int, *, at: int | None = None) -> Reply[None]:
        """Remember how many are active on all shards, or were ``at`` a time, in milliseconds since 1970."""
        arguments = [self._milliseconds, users, guests] + ([] if at is None else [at])
        return self.connection.ask(REMEMBER, self.all_keys[:4], arguments, parse=lambda _: None)

    def forget_record(self, *, and_history: bool = False) -> Reply[bool]:
        """Forget the record. Answers whether there was one."""
        return self.connection.ask(FORGET_RECORD, self.all_keys, [self._milliseconds, int(and_history)], parse=bool)

    def backdate(self, identity: str | bytes, seconds: float) -> Reply[None]:
        """Let somebody who was noted have come, and been seen last, ``seconds`` ago."""
        arguments: list[bytes | int] = [self._milliseconds, encode_identity(identity), int(seconds * 1000)]
        return self.connection.ask(BACKDATE, self.all_keys, arguments, parse=lambda _: None)

    def erase(self) -> Reply[None]:
        """Remove all keys."""
        return self.connection.ask(ERASE, self.all_keys, [self._milliseconds], parse=lambda _: None)

    def _for(self, place: str | None) -> tuple[tuple[str, ...], list[bytes | int]]:
        """The keys and the last arguments of a script that reads about a place, or about the site."""
        return (self.keys, []) if place is None else (self.all_keys, self._in(place))

    def _in(self, place: str) -> list[bytes | int]:
        return [encode(place), self._place_milliseconds]

    @property
    def _milliseconds(self) -> int:
        return int(self.window * 1000)

    @property
    def _place_milliseconds(self) -> int:
        return min(int(self.place_window * 1000), self._milliseconds)
