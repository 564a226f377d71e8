"""The active users in Redis: the only file that knows the keys and the scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar
from zlib import crc32

from active_users.connection import Connection, Reply, Script

# A script holds up the server while it runs: so many at a time do so for a fraction of a millisecond.
PRUNE_BATCH: Final = 100
# Likewise for a part of the list.
PART: Final = 100
# The most that may be asked for at once.
PAGE: Final = 1000
# A TTL of the window alone makes our keys the first to go when memory is short, and with them everybody at once.
TTL_BEYOND_WINDOW: Final = 24 * 3600
RENEW_TTL_AFTER: Final = 60


Part = TypeVar("Part")
Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)


def _load(name: str, *, decisive: bool = False) -> Script:
    lua = files("active_users") / "lua"
    return Script("\n".join((lua / file).read_text("utf-8") for file in ("_common.lua", f"{name}.lua")), decisive)


NOTE: Final = _load("note", decisive=True)
COUNT: Final = _load("count")
LIST: Final = _load("list")
WALK: Final = _load("walk")
LAST_SEEN: Final = _load("last_seen")
FORGET: Final = _load("forget")
CLEAR: Final = _load("clear")


class Person(NamedTuple):
    """Somebody who is active. The most recently seen is the greatest."""

    last_seen: int
    identity: bytes
    payload: str


class Page(NamedTuple):
    """Part of the list of active users, the most recently seen first, and how many there are in all."""

    total: int
    people: list[Person]


class Answer(Protocol[Result_co]):
    """What a ``Reply`` is: something whose result comes later."""

    def result(self) -> Result_co: ...


class Combined(Generic[Part, Result]):
    """The answers of several shards as one: all are under way at once."""

    def __init__(self, answers: Sequence[Answer[Part]], combine: Callable[[Sequence[Part]], Result]) -> None:
        self._answers = answers
        self._combine = combine

    def result(self) -> Result:
        return self._combine([answer.result() for answer in self._answers])


@dataclass(slots=True, eq=False)
class ActiveUserStore:
    """
    Who was seen within the last ``window`` seconds, by the server's clock, spread over so many ``shards``.

    Every method but ``walk`` sends its commands and returns an ``Answer`` without waiting.
    """

    connection: Connection
    prefix: str
    window: float
    shards: int = 1

    def note(self, identity: str, payload: str, *, on_failure: Callable[[], object] | None = None) -> Reply[int]:
        """Note that somebody was seen now; the answer is how many are active on their shard."""
        ttl = self.window + TTL_BEYOND_WINDOW
        arguments = (
            self._milliseconds,
            PRUNE_BATCH,
            int(ttl * 1000),
            int((ttl - RENEW_TTL_AFTER) * 1000),
            _encode(identity),
            _encode(payload),
        )
        return self.connection.ask(NOTE, self._keys_of(identity), arguments, parse=int, on_failure=on_failure)

    def count(self) -> Answer[int]:
        """How many are active."""
        return self._ask_each(COUNT, [self._milliseconds, PRUNE_BATCH], parse=int, combine=_add)

    def has_page(self, *, limit: int, offset: int) -> bool:
        """Whether ``page()`` reaches so far: on several shards, not beyond what each can answer at once."""
        return (limit if self.shards == 1 else offset + limit) <= PAGE

    def page(self, *, limit: int, offset: int = 0) -> Answer[Page]:
        """Those seen last, and how many are active in all."""
        skip, take = (offset, limit) if self.shards == 1 else (0, offset + limit)
        parts = [(start, min(PART, skip + take - start)) for start in range(skip, skip + take, PART)] or [(skip, 0)]
        replies = [
            self.connection.ask(LIST, self._keys(shard), [self._milliseconds, PRUNE_BATCH, *part], parse=_parse_page)
            for shard in range(self.shards)
            for part in parts
        ]
        if len(replies) == 1:
            return replies[0]
        return Combined(replies, partial(_merge_pages, shards=self.shards, limit=limit, offset=offset - skip))

    def walk(self) -> Iterator[Person]:
        """
        All who are active, shard by shard.

        Waits for a reply per ``PART`` of people. Whoever is seen meanwhile may come again, and greater.
        """
        for shard in range(self.shards):
            start, skip, size = 0, 0, PART
            while size == PART:
                arguments = [self._milliseconds, start, skip, PART]
                step = self.connection.ask(WALK, self._keys(shard), arguments, parse=_parse_walk)
                seen, people = step.result()
                yield from people
                size = len(seen)
                if size == PART:
                    tied = seen.count(seen[-1])
                    skip = tied + (skip if seen[-1] == start else 0)
                    start = seen[-1]

    def last_seen(self, identities: Sequence[str]) -> Answer[dict[str, int]]:
        """When those who are active were last seen, in milliseconds since 1970; the others are not in the answer."""
        by_shard: dict[int, list[str]] = {}
        for identity in identities:
            by_shard.setdefault(self._shard_of(identity), []).append(identity)

        def ask(shard: int, names: list[str]) -> Reply[dict[str, int]]:
            arguments: list[bytes | int] = [self._milliseconds, *map(_encode, names)]
            parse = partial(_parse_last_seen, names)
            return self.connection.ask(LAST_SEEN, [self._users_key(shard)], arguments, parse=parse)

        replies = [ask(shard, names) for shard, names in by_shard.items()]
        return Combined(replies, lambda parts: {who: when for part in parts for who, when in part.items()})

    def forget(self, identity: str) -> Reply[bool]:
        """Let somebody be active no more; the answer is whether they were."""
        return self.connection.ask(FORGET, self._keys_of(identity), [_encode(identity)], parse=bool)

    def clear(self) -> Answer[bool]:
        """Let nobody be active; the answer is whether anybody was."""
        return self._ask_each(CLEAR, [], parse=bool, combine=any)

    def _ask_each(
        self,
        script: Script,
        arguments: Sequence[int],
        *,
        parse: Callable[[Any], Result],
        combine: Callable[[Sequence[Result]], Result],
    ) -> Answer[Result]:
        keys = map(self._keys, range(self.shards))
        replies = [self.connection.ask(script, shard_keys, arguments, parse=parse) for shard_keys in keys]
        return replies[0] if self.shards == 1 else Combined(replies, combine)

    def _shard_of(self, identity: str) -> int:
        return crc32(_encode(identity)) % self.shards if self.shards > 1 else 0

    def _users_key(self, shard: int) -> str:
        """ZSET: identity -> last seen, in milliseconds of the server's clock."""
        return f"{{{self.prefix}:{shard}}}:users"

    def _entries_key(self, shard: int) -> str:
        """HASH: identity -> payload. The braces keep a shard's keys on one node of a cluster."""
        return f"{{{self.prefix}:{shard}}}:entries"

    def _keys(self, shard: int) -> tuple[str, str]:
        return self._users_key(shard), self._entries_key(shard)

    def _keys_of(self, identity: str) -> tuple[str, str]:
        return self._keys(self._shard_of(identity))

    @property
    def _milliseconds(self) -> int:
        return int(self.window * 1000)


def _add(counts: Sequence[int]) -> int:
    return sum(counts)


def _merge_pages(pages: Sequence[Page], *, shards: int, limit: int, offset: int) -> Page:
    """The parts of the list, shard by shard. Who was seen between two parts stands in both."""
    total = sum(page.total for page in pages[:: len(pages) // shards])
    people = {person.identity: person for page in pages for person in page.people}
    return Page(total, sorted(people.values(), reverse=True)[offset : offset + limit])


def _parse_page(answer: Any) -> Page:
    count, seen, payloads = answer
    return Page(count, _parse_people(seen, payloads))


def _parse_walk(answer: Any) -> tuple[list[int], list[Person]]:
    seen, payloads = answer
    return [int(score) for score in seen[1::2]], _parse_people(seen, payloads)


def _parse_people(seen: list[bytes], payloads: list[bytes | None]) -> list[Person]:
    people = zip(seen[1::2], seen[0::2], payloads, strict=True)
    return [Person(int(score), who, _decode(payload)) for score, who, payload in people if payload is not None]


def _parse_last_seen(identities: list[str], answer: list[int]) -> dict[str, int]:
    return {who: when for who, when in zip(identities, answer, strict=True) if when}


# Any text survives: what came in as a lone surrogate goes out as one.


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _decode(payload: bytes) -> str:
    return payload.decode("utf-8", "surrogatepass")
