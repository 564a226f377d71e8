"""The keys and scripts of one hash tag. The only file that knows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import Final

from active_users.connections.base import Connection, Reply, Script
from active_users.store.answers import Page, Person, encode, parse_last_seen, parse_page, parse_walk

# How many people one step of a walk returns, and how many last_seen() is asked about at once, who take less each. A
# script holds up the server while it runs: these take a fraction of a millisecond.
PART: Final = 100
ASKED_AT_ONCE: Final = 1000


def _load(*names: str, probe: Script | None = None) -> Script:
    lua = files("active_users.store") / "lua"
    return Script(b"\n".join((lua / f"{name}.lua").read_bytes() for name in ("_common", *names)), probe)


PROBE: Final = _load("probe")
NOTE: Final = _load("note", probe=PROBE)
LATE_NOTE: Final = _load("_unless_forgotten", "note", probe=PROBE)
COUNT: Final = _load("count")
LIST: Final = _load("list")
WALK: Final = _load("walk")
LAST_SEEN: Final = _load("last_seen")
FORGET: Final = _load("forget", probe=PROBE)
CLEAR: Final = _load("clear", probe=PROBE)


@dataclass(slots=True, eq=False)
class Shard:
    """
    Some of the people, on one node of a cluster: ``tag`` begins with braces, which keep their keys together.

    Every method but ``walk`` sends its command and returns a ``Reply`` without waiting.
    """

    connection: Connection
    tag: str
    window: float

    @property
    def users_key(self) -> str:
        """ZSET: identity -> last seen, in milliseconds of the server's clock."""
        return f"{self.tag}:users"

    @property
    def entries_key(self) -> str:
        """HASH: identity -> payload."""
        return f"{self.tag}:entries"

    @property
    def forgotten_key(self) -> str:
        """ZSET: identity -> when they were forgotten, in milliseconds of the server's clock. ``""`` is everybody."""
        return f"{self.tag}:forgotten"

    @property
    def keys(self) -> tuple[str, str]:
        return self.users_key, self.entries_key

    def note(
        self,
        identity: str,
        payload: str,
        *,
        not_forgotten_for: float | None = None,
        on_failure: Callable[[], object] | None = None,
    ) -> Reply[int]:
        """Note that somebody was seen now. Answers how many are active on this shard."""
        script, keys = NOTE, list(self.keys)
        arguments: list[bytes | int] = [self._milliseconds, encode(identity), encode(payload)]
        if not_forgotten_for is not None:
            script = LATE_NOTE
            keys.append(self.forgotten_key)
            arguments.append(int(not_forgotten_for * 1000))
        return self.connection.ask(script, keys, arguments, parse=int, on_failure=on_failure, matters_for=self.window)

    def count(self) -> Reply[int]:
        """How many are active."""
        return self.connection.ask(COUNT, self.keys, [self._milliseconds], parse=int)

    def page(self, skip: int, take: int) -> Reply[Page]:
        """
        At most ``PAGE`` of the active people, the most recently seen first, and how many are active, all of one moment.

        Holds up the server for about a millisecond, which parts that are sent at once would do as well.
        """
        return self.connection.ask(LIST, self.keys, [self._milliseconds, skip, take], parse=parse_page)

    def walk(self) -> Iterator[Person]:
        """All active people, the least recently seen first. Waits for a reply per ``PART`` of them."""
        found, start, skip = PART, b"0", 0
        while found == PART:
            step = self.connection.ask(WALK, self.keys, [self._milliseconds, start, skip, PART], parse=parse_walk)
            found, start, skip, people = step.result()
            yield from people

    def last_seen(self, identities: Sequence[str]) -> Reply[dict[str, int]]:
        """When people were last seen, in milliseconds since 1970. Inactive people are left out."""
        arguments: list[bytes | int] = [self._milliseconds, *map(encode, identities)]
        return self.connection.ask(LAST_SEEN, [self.users_key], arguments, parse=partial(parse_last_seen, identities))

    def forget(self, identity: str) -> Reply[bool]:
        """Make somebody inactive. Answers whether they were active."""
        keys = (*self.keys, self.forgotten_key)
        return self.connection.ask(
            FORGET, keys, [self._milliseconds, encode(identity)], parse=bool, matters_for=self.window
        )

    def clear(self) -> Reply[bool]:
        """Make everybody inactive. Answers whether anybody was active."""
        keys = (*self.keys, self.forgotten_key)
        return self.connection.ask(CLEAR, keys, [self._milliseconds], parse=bool, matters_for=self.window)

    @property
    def _milliseconds(self) -> int:
        return int(self.window * 1000)
