"""The active users in Redis: spreads people over shards and merges what the shards answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from zlib import crc32

from active_users.connections.base import Connection, Reply
from active_users.paging import PAGE
from active_users.store.answers import Answer, Combined, Counts, Page, Person, encode_identity, merge_pages
from active_users.store.past import Past
from active_users.store.shard import ASKED_AT_ONCE, DRAWN, DRAWN_AT_ONCE, Shard

Result = TypeVar("Result")


@dataclass(slots=True, eq=False)
class ActiveUserStore:
    """
    The people seen within the last ``window`` seconds, by the server's clock, spread over ``shards`` hash tags.

    Tenants share the hash tags, and so the connections to a cluster, but no key.

    A user's identity is text, a guest's is bytes. ``has_guests``: the record and history are of both.

    A place is any text. A person is in at most one: where they were seen within the last ``place_window`` seconds, or
    the last ``window`` seconds if these are fewer, so that nobody is there who is not active.

    Every method but ``walk``, ``last_seen`` and ``busiest`` sends its commands and returns an ``Answer`` without
    waiting.
    """

    connection: Connection
    prefix: str
    window: float
    shards: int = 1
    tenant: str = ""
    place_window: float = 15.0
    has_guests: bool = False

    def note(
        self,
        identity: str | bytes,
        payload: str = "",
        *,
        place: str | None = None,
        opens: bool = True,
        formerly: bytes | None = None,
        not_forgotten_for: float | None = None,
        on_failure: Callable[[], object] | None = None,
    ) -> Reply[int]:
        """
        Note that somebody was seen now. The reply is how many users are active on their shard.

        ``formerly`` is the guest as whom they were noted before, if they have just logged in, or if the guests' key has
        changed. Somebody who was forgotten in the last ``not_forgotten_for`` seconds is left out, for example because
        they logged out during a request that is noted at its end.

        Without a ``place`` they stay where they are. They move to one that they have just opened. To another one, such
        as that of a second tab, they move only after they have left theirs.
        """
        if formerly is not None and self._number_for(formerly) != self._number_for(identity):
            self.forget(formerly)
            formerly = None
        return self.shard_of(identity).note(
            identity,
            payload,
            place=place,
            opens=opens,
            formerly=formerly,
            not_forgotten_for=not_forgotten_for,
            is_part=self.shards > 1,
            on_failure=on_failure,
        )

    def count(self) -> Answer[int]:
        """How many users are active."""
        if self.shards > 1:
            return Combined([self.counts()], lambda parts: parts[0][0].users)
        return self.shard(0).count()

    def probe(self) -> Answer[int]:
        """How many users are active, if somebody could be noted now: Redis has memory, and is no read-only replica."""
        return _combine([shard.probe() for shard in self._all()], sum)

    def counts(self, places: Sequence[str] = ()) -> Answer[list[Counts]]:
        """How many users and guests are active, and then how many are in each of these places."""
        return _combine([shard.counts(places) for shard in self._all()], self._add_and_remember)

    def busiest(self, limit: int) -> list[tuple[str, Counts]]:
        """
        The places where most people are, and how many are there, which is exact.

        If there are more than ``DRAWN_AT_ONCE`` people in places on a shard, ``DRAWN`` of them, drawn at random, tell
        which places these may be. One with a hundredth of the people is missed once in 20,000 times.
        """
        met: Counter[str] = Counter()
        for reply in [shard.draw(DRAWN_AT_ONCE) for shard in self._all() for _ in range(0, DRAWN, DRAWN_AT_ONCE)]:
            met.update(reply.result())
        places = sorted(met, key=lambda place: (-met[place], place))[: 3 * limit]
        _, *counts = self.counts(places).result()
        busiest = sorted(zip(places, counts, strict=True), key=lambda found: (-sum(found[1]), found[0]))
        return [found for found in busiest[:limit] if sum(found[1])]

    def has_page(self, *, limit: int, offset: int) -> bool:
        """Whether ``page()`` can answer this. Each of several shards has to list everybody up to the page's end."""
        return (limit if self.shards == 1 else offset + limit) <= PAGE

    def page(self, *, limit: int, offset: int = 0, place: str | None = None) -> Answer[Page]:
        """Some of the active people, the most recently seen first, and how many are active in all, or in a place."""
        skip, take = (offset, limit) if self.shards == 1 else (0, offset + limit)
        merge = partial(merge_pages, limit=limit, offset=offset)
        return _combine([shard.page(skip, take, place) for shard in self._all()], merge)

    def walk(self, place: str | None = None) -> Iterator[Person]:
        """
        All active people, or those in a place, shard by shard.

        Somebody seen again during the walk may come twice, the later one last.
        """
        for shard in self._all():
            yield from shard.walk(place)

    def last_seen(self, identities: Sequence[str]) -> dict[str, int]:
        """
        When people were last seen, in milliseconds since 1970. Inactive people are left out.

        Waits for the answer about a thousand people before it asks for the next, so that others can ask in between.
        """
        found: dict[str, int] = {}
        for start in range(0, len(identities), ASKED_AT_ONCE):
            by_shard: dict[int, list[str]] = {}
            for identity in identities[start : start + ASKED_AT_ONCE]:
                by_shard.setdefault(self._number_for(identity), []).append(identity)
            for reply in [self.shard(number).last_seen(names) for number, names in by_shard.items()]:
                found |= reply.result()
        return found

    def forget(self, identity: str | bytes) -> Reply[bool]:
        """Make somebody inactive. The reply says whether they were active."""
        return self.shard_of(identity).forget(identity)

    def clear(self) -> Answer[bool]:
        """Make everybody inactive. The answer says whether anybody was active."""
        return _combine([shard.clear() for shard in self._all()], any)

    def past(self, minutes: int) -> Reply[Past]:
        """
        The record, and the highest count of each of the last ``minutes``, without minutes in which nobody was noted.

        One shard remembers every note. Of several none knows the whole count, so they remember each count that is read.
        """
        return self.shard(0).past(minutes)

    def forget_record(self) -> Reply[bool]:
        """Forget the record. The reply says whether there was one."""
        return self.shard(0).forget_record()

    def backdate(self, identity: str | bytes, seconds: float) -> Reply[None]:
        """Let somebody who was noted have come, and been seen last, ``seconds`` ago. For tests."""
        return self.shard_of(identity).backdate(identity, seconds)

    def erase(self) -> Answer[None]:
        """Remove all keys. For tests, which have a prefix of their own."""
        return _combine([shard.erase() for shard in self._all()], lambda _: None)

    def shard(self, number: int) -> Shard:
        tag = f"{{{self.prefix}:{number}}}"
        return Shard(
            self.connection,
            f"{tag}:{self.tenant}" if self.tenant else tag,
            self.window,
            self.place_window,
            self.has_guests,
        )

    def shard_of(self, identity: str | bytes) -> Shard:
        return self.shard(self._number_for(identity))

    def _add_and_remember(self, parts: Sequence[list[Counts]]) -> list[Counts]:
        totals = [Counts(*map(sum, zip(*counts, strict=True))) for counts in zip(*parts, strict=True)]
        self.shard(0).remember(*totals[0])
        return totals

    def _all(self) -> list[Shard]:
        return [self.shard(number) for number in range(self.shards)]

    def _number_for(self, identity: str | bytes) -> int:
        return crc32(encode_identity(identity)) % self.shards if self.shards > 1 else 0


def _combine(replies: Sequence[Reply[Result]], combine: Callable[[Sequence[Result]], Result]) -> Answer[Result]:
    return replies[0] if len(replies) == 1 else Combined(replies, combine)
