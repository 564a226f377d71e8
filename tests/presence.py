"""What the store promises, in plain Python: the model that the store is compared with."""

from __future__ import annotations

from active_users.store.answers import Counts
from active_users.store.past import MINUTES_KEPT, Tally

Identity = str | bytes

TICK = 250
TOLERANCE = 2000  # how far in the future somebody may have been seen
MINUTE = 60_000


class Presence:
    """Who is active and where, and what is remembered of it. All times are in milliseconds."""

    def __init__(self, *, now: int, window: int, place_window: int, is_whole: bool) -> None:
        self.now = now
        self.window = window
        self.place_window = min(place_window, window)
        self.is_whole = is_whole
        self.seen: dict[Identity, int] = {}
        self.payloads: dict[Identity, str] = {}
        self.since: dict[Identity, int] = {}
        self.where: dict[Identity, tuple[str, int]] = {}
        self.record: Tally | None = None
        self.history: dict[int, Counts] = {}

    def note(self, who: Identity, payload: str, *, place: str | None, opens: bool, formerly: bytes | None) -> None:
        is_newcomer = not self.is_active(who)
        is_first = is_newcomer or self.seen[who] // MINUTE < self.now // MINUTE
        self.seen[who], self.payloads[who] = self.now, payload
        if is_newcomer:
            self.since[who] = self.now // 1000
        if formerly is not None:
            self.forget(formerly)
        if place is not None and (opens or self.place_of(who) in (None, place)):
            self.where[who] = place, self.now // TICK
        if self.is_whole and is_first:
            self.remember()

    def forget(self, who: Identity) -> bool:
        was_active = self.is_active(who)
        for known in (self.seen, self.payloads, self.where):
            known.pop(who, None)
        return was_active

    def forget_everybody(self) -> bool:
        were_active = [self.forget(who) for who in list(self.seen)]
        return any(were_active)

    def forget_those_who_left(self) -> None:
        self.where = {who: place for who, place in self.where.items() if self.place_of(who) is not None}
        self.seen = {who: seen for who, seen in self.seen.items() if self.is_active(who)}

    def remember(self) -> None:
        counts, minute = self.counts(), self.now // MINUTE
        if sum(counts) > sum(self.history.get(minute, ())):
            kept = {each: known for each, known in self.history.items() if (each - minute) % MINUTES_KEPT}
            self.history = kept | {minute: counts}
            if self.record is None or sum(counts) > self.record.users + self.record.guests:
                self.record = Tally(self.now, *counts)

    def forget_record(self) -> bool:
        had_one, self.record = self.record is not None, None
        for minute in list(self.history):
            if (minute - self.now // MINUTE) % MINUTES_KEPT == 0:
                del self.history[minute]
        return had_one

    def is_active(self, who: Identity) -> bool:
        return who in self.seen and self.now - self.window < self.seen[who] <= self.now + TOLERANCE

    def place_of(self, who: Identity) -> str | None:
        """A tick counts if all of it is within the time in which a sign of life keeps somebody in a place."""
        place, tick = self.where.get(who, (None, 0))
        is_there = tick * TICK > self.now - self.place_window and (tick + 1) * TICK <= self.now + TOLERANCE + 1
        return place if is_there else None

    def counts(self, place: str | None = None) -> Counts:
        here = self._people(place)
        users = sum(isinstance(who, str) for who in here)
        return Counts(users, len(here) - users)

    def users(self, place: str | None = None) -> list[str]:
        """The most recently seen first. Those seen at once are ordered by name."""
        here = {who: when for who, when in self._people(place).items() if isinstance(who, str)}
        return sorted(here, key=lambda who: (here[who], who.encode("utf-8", "surrogatepass")), reverse=True)

    def _people(self, place: str | None) -> dict[Identity, int]:
        if place is None:
            return {who: seen for who, seen in self.seen.items() if self.is_active(who)}
        return {who: tick for who, (_, tick) in self.where.items() if self.place_of(who) == place}

    def busiest(self) -> list[tuple[str, Counts]]:
        places = {place for who in self.where if (place := self.place_of(who)) is not None}
        return sorted(((place, self.counts(place)) for place in places), key=lambda found: (-sum(found[1]), found[0]))

    def minutes(self, number: int) -> list[Tally]:
        current = self.now // MINUTE
        known = sorted(minute for minute in self.history if current - number < minute <= current)
        return [Tally(minute * MINUTE, *self.history[minute]) for minute in known]
