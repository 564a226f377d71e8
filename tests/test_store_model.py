"""Random operations on the store and on a model of it in plain Python give the same results."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from active_users.store.sharded import ActiveUserStore

from .connections import pipelined
from .servers import Server

WINDOW = 3600
PEOPLE = st.sampled_from(["ada", "bob", "cy", "d:e", "\N{GRINNING FACE}", "", "\ud800", "x" * 64])


class StoreAgainstModel(RuleBasedStateMachine):
    server: Server
    shards: int

    def __init__(self) -> None:
        super().__init__()
        self.store = ActiveUserStore(pipelined(self.server), f"test-{uuid4().hex[:12]}", WINDOW, self.shards)
        # Per person: minus the seconds since they were noted, the number of the note, and the payload. The window is so
        # long that only the rule ``wait`` makes people leave it.
        self.model: dict[str, tuple[int, int, str]] = {}
        self.notes = 0

    def teardown(self) -> None:
        self.store.clear().result()
        self.store.connection.close()

    @property
    def active(self) -> list[str]:
        here = {who: entry for who, entry in self.model.items() if -entry[0] < WINDOW}
        return sorted(here, key=lambda who: here[who][:2], reverse=True)

    @rule(who=PEOPLE, payload=st.text(max_size=5))
    def note(self, who: str, payload: str) -> None:
        self.notes += 1
        self.pass_milliseconds(1)  # so that no two notes are from the same millisecond
        self.store.note(who, payload).result()
        self.model[who] = (0, self.notes, payload)

    @rule(who=PEOPLE)
    def forget(self, who: str) -> None:
        was_active = who in self.active
        assert self.store.forget(who).result() == was_active
        self.model.pop(who, None)

    @rule(seconds=st.sampled_from([100, 1000, 1850, 4000]))
    def wait(self, seconds: int) -> None:
        self.pass_milliseconds(seconds * 1000)
        self.model = {who: (ago - seconds, number, payload) for who, (ago, number, payload) in self.model.items()}

    @rule(seconds=st.sampled_from([100, 4000]))
    def set_the_clock_back(self, seconds: int) -> None:
        active = set(self.active)
        self.pass_milliseconds(-seconds * 1000)
        back = {who: (ago + seconds, number, text) for who, (ago, number, text) in self.model.items() if who in active}
        self.model = {who: entry for who, entry in back.items() if entry[0] <= 0}

    @rule()
    def clear(self) -> None:
        self.store.clear().result()
        self.model.clear()

    @rule(limit=st.integers(0, 5), offset=st.integers(0, 5))
    def page(self, limit: int, offset: int) -> None:
        page = self.store.page(limit=limit, offset=offset).result()
        assert page.total == len(self.active)
        assert [person.payload for person in page.people] == self._payloads(self.active[offset : offset + limit])

    @rule()
    def walk(self) -> None:
        people = sorted(self.store.walk(), reverse=True)
        assert [person.payload for person in people] == self._payloads(self.active)

    @rule(names=st.lists(PEOPLE))
    def last_seen(self, names: list[str]) -> None:
        assert set(self.store.last_seen(names)) == set(names) & set(self.active)

    @invariant()
    def count(self) -> None:
        assert self.store.count().result() == len(self.active)

    @invariant()
    def both_keys_agree_and_have_a_ttl(self) -> None:
        for shard in range(self.shards):
            users, entries = self.store.shard(shard).keys
            assert sorted(self.server.client.zrange(users, 0, -1)) == sorted(self.server.client.hkeys(entries))
            assert self.server.client.ttl(users) != -1
            assert self.server.client.ttl(entries) != -1

    @initialize()
    def start_empty(self) -> None:
        assert self.store.count().result() == 0

    def pass_milliseconds(self, milliseconds: int) -> None:
        client: Any = self.server.client
        for shard in range(self.shards):
            users = self.store.shard(shard).users_key
            for who in client.zrange(users, 0, -1):
                client.zincrby(users, -milliseconds, who)

    def _payloads(self, names: list[str]) -> list[str]:
        return [self.model[who][2] for who in names]


@pytest.mark.parametrize("shards", [1, 3])
def test_the_store_behaves_like_its_model(shared_server: Server, shards: int) -> None:
    machine = type("Machine", (StoreAgainstModel,), {"server": shared_server, "shards": shards})
    options = settings(max_examples=40, stateful_step_count=25, deadline=None)
    run_state_machine_as_test(machine, settings=options)
