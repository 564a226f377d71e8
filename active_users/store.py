"""The active users in Redis: the only file that knows the keys and the scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from active_users.connection import PipelinedConnection, Reply, Script

# Measured: 500 at a time hold the server for half a millisecond, 5,000 for up to 18.
PRUNE_BATCH: Final = 500
# Likewise for a page of the list; Lua's unpack() ends at 7,999.
PAGE: Final = 1000
# A TTL of the window alone makes our keys the first to go when memory is short, and with them everybody at once.
TTL_BEYOND_WINDOW: Final = 24 * 3600
RENEW_TTL_AFTER: Final = 60


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


@dataclass(frozen=True)
class Page:
    """Part of the list of active users: the payloads of their entries, and how many there are in all."""

    count: int
    payloads: list[str]


@dataclass(frozen=True)
class ActiveUserStore:
    """
    Who was seen within the last ``window`` seconds, by the server's clock.

    Every method but ``walk`` sends one command and returns its ``Reply`` without waiting.
    """

    connection: PipelinedConnection
    prefix: str
    window: float

    def note(self, identity: str, payload: str, *, on_failure: Callable[[], object] | None = None) -> Reply[int]:
        """Note that somebody was seen now; the answer is how many are active."""
        ttl = self.window + TTL_BEYOND_WINDOW
        arguments = (
            self._milliseconds,
            PRUNE_BATCH,
            int(ttl * 1000),
            int((ttl - RENEW_TTL_AFTER) * 1000),
            _encode(identity),
            _encode(payload),
        )
        return self.connection.ask(NOTE, self._keys, arguments, parse=int, on_failure=on_failure)

    def count(self) -> Reply[int]:
        """How many are active."""
        return self.connection.ask(COUNT, self._keys, [self._milliseconds, PRUNE_BATCH], parse=int)

    def page(self, *, limit: int, offset: int = 0) -> Reply[Page]:
        """Those seen last, and how many are active in all; ``limit`` is at most ``PAGE``."""
        return self.connection.ask(
            LIST, self._keys, [self._milliseconds, PRUNE_BATCH, offset, min(limit, PAGE)], parse=_parse_page
        )

    def walk(self) -> Iterator[tuple[bytes, str]]:
        """
        The identities and payloads of all who are active, those seen last at the end.

        Waits for a reply per ``PAGE`` of people. Whoever is seen meanwhile may come again, further on.
        """
        start, skip, size = 0, 0, PAGE
        while size == PAGE:
            arguments = [self._milliseconds, start, skip, PAGE]
            seen, people = self.connection.ask(WALK, self._keys, arguments, parse=_parse_walk).result()
            yield from people
            size = len(seen)
            if size == PAGE:
                tied = seen.count(seen[-1])
                skip = tied + (skip if seen[-1] == start else 0)
                start = seen[-1]

    def last_seen(self, identities: Sequence[str]) -> Reply[Sequence[int]]:
        """When each was last seen, in milliseconds since 1970, or 0 for one who is not active."""
        arguments: list[bytes | int] = [self._milliseconds, *map(_encode, identities)]
        return self.connection.ask(LAST_SEEN, [self._users_key], arguments, parse=tuple)

    def forget(self, identity: str) -> Reply[bool]:
        """Let somebody be active no more; the answer is whether they were."""
        return self.connection.ask(FORGET, self._keys, [_encode(identity)], parse=bool)

    def clear(self) -> Reply[bool]:
        """Let nobody be active; the answer is whether anybody was."""
        return self.connection.ask(CLEAR, self._keys, [], parse=bool)

    @property
    def _users_key(self) -> str:
        """ZSET: identity -> last seen, in milliseconds of the server's clock."""
        return f"{{{self.prefix}:0}}:users"

    @property
    def _entries_key(self) -> str:
        """HASH: identity -> payload. The braces keep a shard's keys on one node of a cluster."""
        return f"{{{self.prefix}:0}}:entries"

    @property
    def _keys(self) -> tuple[str, str]:
        return self._users_key, self._entries_key

    @property
    def _milliseconds(self) -> int:
        return int(self.window * 1000)


def _parse_page(answer: Any) -> Page:
    count, payloads = answer
    return Page(count, [_decode(payload) for payload in payloads if payload is not None])


def _parse_walk(answer: Any) -> tuple[list[int], list[tuple[bytes, str]]]:
    seen, payloads = answer
    people = [(who, _decode(payload)) for who, payload in zip(seen[0::2], payloads, strict=True) if payload is not None]
    return [int(milliseconds) for milliseconds in seen[1::2]], people


# Any text survives: what came in as a lone surrogate goes out as one.


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _decode(payload: bytes) -> str:
    return payload.decode("utf-8", "surrogatepass")
