"""Guests in the store and in the API: visitors who are not logged in, who are identities of their own kind."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync

from active_users import api
from active_users.store.answers import Counts
from active_users.store.current import get_store
from active_users.store.past import Tally
from active_users.store.sharded import ActiveUserStore

from .clocks import NOON, MakeStore, ServerClock
from .servers import Server

SECOND, DAY = 1000, 24 * 3600 * 1000
IDENTITIES = [b"guest", b"", b"\xff\x00", b"ada"]


@pytest.fixture(params=[1, 3])
def store(make_store: MakeStore, request: pytest.FixtureRequest) -> ActiveUserStore:
    return make_store(20, request.param, has_guests=True)


def _counts(store: ActiveUserStore, *places: str) -> list[Counts]:
    return store.counts(places).result()


def test_a_guest_is_any_bytes_and_no_user(store: ActiveUserStore) -> None:
    for guest in IDENTITIES:
        store.note(guest).result()
    store.note("ada", "payload").result()
    assert _counts(store) == [(1, len(IDENTITIES))]
    assert store.count().result() == 1
    assert [person.payload for person in store.page(limit=10).result().people] == ["payload"]
    assert [person.identity for person in store.walk()] == [b"ada"]
    assert store.forget("ada").result() is True
    assert _counts(store) == [(0, len(IDENTITIES))]
    assert store.forget(b"ada").result() is True
    assert store.forget(b"ada").result() is False
    assert _counts(store) == [(0, len(IDENTITIES) - 1)]
    assert store.clear().result() is True
    assert _counts(store) == [(0, 0)]


def test_the_reply_to_a_note_is_how_many_users_are_active(store: ActiveUserStore) -> None:
    assert store.note(b"guest").result() == 0
    assert store.note("ada", "").result() == 1


def test_a_guest_leaves_as_a_user_does(store: ActiveUserStore, server_clock: ServerClock, server: Server) -> None:
    store.note(b"guest", place="/a").result()
    server_clock.put_forward(14 * SECOND)
    assert _counts(store, "/a") == [(0, 1), (0, 1)]
    server_clock.put_forward(SECOND)
    assert _counts(store, "/a") == [(0, 1), (0, 0)]
    server_clock.put_forward(5 * SECOND)
    assert _counts(store, "/a") == [(0, 0), (0, 0)]
    assert not any(server.client.zcard(f"{store.shard(number).tag}:guests") for number in range(store.shards))


def test_users_and_guests_of_a_place_are_counted_apart(store: ActiveUserStore) -> None:
    store.note("ada", "payload", place="/a").result()
    store.note(b"one", place="/a").result()
    store.note(b"two", place="/a").result()
    store.note(b"three", place="/b").result()
    assert _counts(store, "/a", "/b", "/c") == [(1, 3), (1, 2), (0, 1), (0, 0)]
    assert store.page(limit=10, place="/a").result().total == 1
    assert [person.identity for person in store.walk("/a")] == [b"ada"]
    assert list(store.walk("/b")) == []
    assert store.busiest(10) == [("/a", (1, 2)), ("/b", (0, 1))]


def test_nobody_counts_twice_who_logs_in_or_whose_key_changes(store: ActiveUserStore) -> None:
    for number in range(20):
        before, after = f"{number} yesterday".encode(), f"{number} today".encode()
        store.note(before, place="/a").result()
        store.note(after, place="/a", formerly=before).result()
        assert _counts(store, "/a") == [(number, 1), (0, 1)]
        store.note(f"p{number}", "", formerly=after).result()
        assert _counts(store, "/a") == [(number + 1, 0), (0, 0)]


def test_the_record_and_the_history_are_of_both(store: ActiveUserStore, server_clock: ServerClock) -> None:
    for identity in ("ada", b"one", b"two"):
        store.note(identity).result()
        store.count().result()
    assert store.past(1).result()[:2] == (Tally(NOON, 1, 2), [Tally(NOON, 1, 2)])
    server_clock.put_forward(60 * SECOND)
    store.note(b"one").result()
    store.counts().result()
    assert store.past(1).result()[:2] == (Tally(NOON, 1, 2), [Tally(NOON + 60 * SECOND, 0, 1)])


def test_the_keys_of_guests_have_a_ttl(store: ActiveUserStore, server: Server) -> None:
    store.note(b"guest").result()
    shard = store.shard_of(b"guest")
    assert DAY < server.client.pttl(f"{shard.tag}:guests") <= DAY + 20 * SECOND
    assert not server.client.exists(*shard.keys)


def test_only_users_who_were_forgotten_are_remembered(store: ActiveUserStore, server: Server) -> None:
    """A change of the guests' key forgets all of them, and removing so many at once later would take too long."""
    for identity in ("ada", b"guest"):
        store.note(identity).result()
        store.forget(identity).result()
    keys = [f"{store.shard(number).tag}:forgotten" for number in range(store.shards)]
    assert [who for key in keys for who in server.client.zrange(key, 0, -1)] == [b"ada"]


def test_guests_whom_a_clock_set_back_has_left_in_the_future_are_not_active(
    store: ActiveUserStore, server_clock: ServerClock
) -> None:
    store.note(b"guest").result()
    server_clock.put_forward(-DAY)
    assert _counts(store) == [(0, 0)]
    store.note(b"guest").result()
    assert _counts(store) == [(0, 1)]


@pytest.mark.parametrize("name", ["get_active_guests_count", "aget_active_guests_count"])
def test_the_api_counts_guests(name: str) -> None:
    function: Any = getattr(api, name)
    count = async_to_sync(function) if name.startswith("a") else function
    assert count() == 0
    get_store().note(b"one", place="/a").result()
    get_store().note(b"two").result()
    get_store().note("ada", "", place="/a").result()
    assert count() == 2
    assert count(place="/a") == 1
    assert count(place="/nowhere") == 0
    assert api.get_active_places() == [api.ActivePlace("/a", 1, 1)]
    with pytest.raises(TypeError, match=r"place should be a text or None, not 7\."):
        count(place=7)
