"""Random operations on the store and on a model of it in plain Python give the same results."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from active_users.store.past import MINUTES_KEPT
from active_users.store.sharded import ActiveUserStore

from .clocks import MakeStore, ServerClock
from .presence import Identity, Presence
from .servers import Server

STEPS = 2500
SECOND, DAY = 1000, 24 * 3600 * 1000
USERS = ["ada", "bob", "cy", "d:e", "\N{GRINNING FACE}", "", "\ud800", "x" * 64]
GUESTS = [b"guest", b"", b"\x00\xff", b"ada", b"12345678"]
PLACES = ["/", "", "=", "7", "app.article:7", "\ud800\N{GRINNING FACE}"]
# Within a tick, within a window, between minutes, beyond a window ...
STEP_FORWARD = [0, 0, 0, 1, 40, 249, 250, 999, 1000, 5000, 9999, 15_000, 20_000, 60_000, 300_000]
# ... and beyond a day and a week, in both directions.
LEAP = [
    -9 * DAY,
    -7 * DAY,
    -DAY,
    -90_000,
    -7000,
    -2001,
    -2000,
    -600,
    -1,
    DAY,
    6 * DAY,
    7 * DAY - 60_000,
    7 * DAY,
    9 * DAY,
]


class Comparison:
    """A store and its model, to which the same is done."""

    def __init__(self, server: Server, clock: ServerClock, store: ActiveUserStore, random: Random) -> None:
        self.server, self.clock, self.store, self.random = server, clock, store, random
        self.model = Presence(
            now=clock.milliseconds,
            window=int(store.window * 1000),
            place_window=int(store.place_window * 1000),
            is_whole=store.shards == 1,
        )

    def step(self) -> None:
        self._pass(self.random.choice(STEP_FORWARD))
        operations = {
            self.note: 100,
            self.forget: 6,
            self.clear: 1,
            self.forget_record: 4,
            self.leap: 4,
            self.go_round: 4,
            self.past: 10,
            self.read: 10,
            self.busiest: 10,
        }
        self.random.choices([*operations], [*operations.values()])[0]()
        self.counts()

    def note(self) -> None:
        who = self._somebody()
        payload = self.random.choice(["", "payload", "\ud800"])
        place = self.random.choice([None, None, *PLACES])
        formerly = self.random.choice([None, None, None, *(guest for guest in GUESTS if guest != who)])
        opens = self.random.random() < 0.5
        counted = self.store.note(who, payload, place=place, opens=opens, formerly=formerly).result()
        self.model.note(who, payload, place=place, opens=opens, formerly=formerly)
        if self.store.shards == 1:
            assert counted == self.model.counts().users

    def forget(self) -> None:
        who = self._somebody()
        assert self.store.forget(who).result() == self.model.forget(who)

    def clear(self) -> None:
        assert self.store.clear().result() == self.model.forget_everybody()

    def forget_record(self) -> None:
        assert self.store.forget_record().result() == self.model.forget_record()

    def leap(self) -> None:
        """Turn the clock by much, or back, which brings those back who had left and were not pruned. So prune first."""
        self.prune()
        self._pass(self.random.choice(LEAP))
        self.prune()

    def go_round(self) -> None:
        """The next number for a place is one that a place has, as after 2^18 places."""
        client: Any = self.server.client
        for number in range(self.store.shards):
            key = f"{self.store.shard(number).tag}:names"
            taken = sorted(int(name) for name in client.hkeys(key) if name.isdigit())
            if taken:
                client.hset(key, "", taken[0] - 1)

    def prune(self) -> None:
        for _ in range(2):
            self.counts()
            self.busiest()
        self.model.forget_those_who_left()
        for number in range(self.store.shards):
            self._check_keys(number)

    def past(self) -> None:
        minutes = self.random.choice([0, 1, 60, 24 * 60, MINUTES_KEPT - 1, MINUTES_KEPT])
        past = self.store.past(minutes).result()
        assert past.record == self.model.record
        assert past.minutes == self.model.minutes(minutes)

    def read(self) -> None:
        limit, offset = self.random.randrange(6), self.random.randrange(6)
        for place in (None, self.random.choice(PLACES)):
            users = self.model.users(place)
            page = self.store.page(limit=limit, offset=offset, place=place).result()
            assert page.total == len(users)
            # After the clock was set back, somebody may be in a place without being active, and is not listed.
            listed = [who for who in users[offset : offset + limit] if self.model.is_active(who)]
            assert [person.payload for person in page.people] == [self.model.payloads[who] for who in listed]
            assert [person.since for person in page.people] == [self.model.since[who] for who in listed]
            walked = [_name(person.identity) for person in sorted(self.store.walk(place), reverse=True)]
            assert walked == [who for who in users if self.model.is_active(who)]
        names = self.random.sample(USERS, 4)
        seen = {who: self.model.seen[who] for who in names if self.model.is_active(who)}
        assert self.store.last_seen(names) == seen

    def counts(self) -> None:
        expected = [self.model.counts(place) for place in (None, *PLACES)]
        assert self.store.counts(PLACES).result() == expected
        self._remember_what_was_read()
        assert self.store.count().result() == expected[0].users
        self._remember_what_was_read()

    def busiest(self) -> None:
        limit = self.random.choice([1, 1, 2, 3])
        assert self.store.busiest(limit) == self.model.busiest()[:limit]
        self._remember_what_was_read()

    def _remember_what_was_read(self) -> None:
        if not self.model.is_whole:
            self.model.remember()

    def _somebody(self) -> Identity:
        everybody: list[Identity] = [*USERS, *GUESTS]
        return self.random.choice(everybody)

    def _pass(self, milliseconds: int) -> None:
        self.clock.put_forward(milliseconds)
        self.model.now = self.clock.milliseconds

    def _check_keys(self, number: int) -> None:
        """After everything has been pruned, the keys of a shard agree."""
        client: Any = self.server.client
        shard = self.store.shard(number)
        assert set(client.zrange(shard.users_key, 0, -1)) == set(client.hkeys(shard.entries_key))
        here = {self.model.place_of(who) for who in self.model.where if self.store.shard_of(who).tag == shard.tag}
        names = client.hgetall(f"{shard.tag}:names")
        names.pop(b"", None)
        numbers = {name: number for name, number in names.items() if name.startswith(b"=")}
        assert {_name(name[1:]) for name in numbers} == here - {None}
        assert names == numbers | {number: name[1:] for name, number in numbers.items()}
        assert all(client.ttl(key) != -1 for key in shard.all_keys)


def _name(text: bytes) -> str:
    return text.decode("utf-8", "surrogatepass")


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("window", [10, 20, 300])
@pytest.mark.parametrize("shards", [1, 3])
def test_the_store_behaves_like_its_model(
    make_store: MakeStore, server_clock: ServerClock, server: Server, shards: int, window: int, seed: int
) -> None:
    store = make_store(window, shards, place_window=15, has_guests=True)
    comparison = Comparison(server, server_clock, store, Random(seed))  # noqa: S311 - no secret
    for _ in range(STEPS):
        comparison.step()
