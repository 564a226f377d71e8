from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from active_users.connection import PipelinedConnection
from active_users.store import PAGE, PRUNE_BATCH, TTL_BEYOND_WINDOW, ActiveUserStore

from .conftest import Server, connect_to


@pytest.fixture
def store(shared_server: Server) -> Iterator[ActiveUserStore]:
    connection = PipelinedConnection(lambda: connect_to(shared_server.socket), timeout=1, retry_after=1)
    store = ActiveUserStore(connection, prefix=f"test-{uuid4().hex[:12]}", window=60)
    yield store
    store.clear().result()


def _seen(store: ActiveUserStore, server: Server, **milliseconds_ago: int) -> None:
    """Put people there who were seen so many milliseconds ago."""
    seconds, microseconds = server.client.time()
    now = seconds * 1000 + microseconds // 1000
    server.client.zadd(store._users_key, {who: now - ago for who, ago in milliseconds_ago.items()})
    server.client.hset(store._entries_key, mapping={who: f"payload of {who}" for who in milliseconds_ago})


def _names(store: ActiveUserStore, **arguments: Any) -> list[str]:
    return [payload.removeprefix("payload of ") for payload in store.page(**arguments).result().payloads]


def test_noting_answers_how_many_are_active(store: ActiveUserStore) -> None:
    assert store.note("ada", "payload").result() == 1
    assert store.note("ada", "payload").result() == 1
    assert store.note("bob", "payload").result() == 2


def test_the_count_needs_no_pruning_to_be_right(store: ActiveUserStore, server: Server) -> None:
    _seen(store, server, **{f"gone{number}": 60_001 for number in range(3 * PRUNE_BATCH)}, here=59_000)
    assert store.count().result() == 1


def test_every_operation_prunes_a_bounded_number(store: ActiveUserStore, server: Server) -> None:
    _seen(store, server, **{f"gone{number}": 60_001 for number in range(3 * PRUNE_BATCH + 7)}, here=59_000)
    left = 3 * PRUNE_BATCH + 8
    for operate in (lambda: store.note("ada", ""), store.count, lambda: store.page(limit=1), store.count):
        operate().result()
        left = max(left - PRUNE_BATCH, 1)
        size = server.client.zcard(store._users_key)
        assert size == server.client.hlen(store._entries_key) == left + (1 if left else 0)


def test_a_page_lists_those_seen_last_first(store: ActiveUserStore, server: Server) -> None:
    _seen(store, server, ada=3000, bob=1000, cy=2000, gone=60_001)
    assert _names(store, limit=10) == ["bob", "cy", "ada"]
    assert _names(store, limit=1, offset=1) == ["cy"]
    assert _names(store, limit=10, offset=3) == []
    assert _names(store, limit=0) == []
    assert store.page(limit=1).result().count == 3


def test_a_page_is_bounded(store: ActiveUserStore, server: Server) -> None:
    _seen(store, server, **{f"p{number}": 1000 for number in range(PAGE + 5)})
    assert len(_names(store, limit=10 * PAGE)) == PAGE


@pytest.mark.parametrize("ago", [lambda number: 1000, lambda number: number // 3, lambda number: number])
def test_a_walk_meets_everybody_once(store: ActiveUserStore, server: Server, ago: Any) -> None:
    people = {f"p{number}": ago(number) for number in range(2 * PAGE + 500)}
    _seen(store, server, **people, gone=60_001)
    met = [identity.decode() for identity, _ in store.walk()]
    assert len(met) == len(people)
    assert set(met) == set(people)


def test_a_walk_misses_nobody_who_is_seen_again_meanwhile(store: ActiveUserStore, server: Server) -> None:
    people = {f"p{number}": 10_000 - number for number in range(2 * PAGE)}
    _seen(store, server, **people)
    walk = store.walk()
    met = [next(walk)[0].decode()]
    for who in list(people)[PAGE : PAGE + 100]:  # on the page after this one
        store.note(who, "payload").result()
    met += [identity.decode() for identity, _ in walk]
    assert set(met) == set(people)


def test_last_seen_is_by_the_servers_clock_and_within_the_window(store: ActiveUserStore, server: Server) -> None:
    _seen(store, server, ada=5000, gone=60_001)
    seconds, _ = server.client.time()
    ada, gone, nobody = store.last_seen(["ada", "gone", "nobody"]).result()
    assert abs(ada - (seconds * 1000 - 5000)) <= 1500
    assert (gone, nobody) == (0, 0)


def test_who_is_forgotten_is_gone(store: ActiveUserStore, server: Server) -> None:
    store.note("ada", "payload")
    store.note("bob", "payload")
    assert store.forget("ada").result() is True
    assert store.forget("ada").result() is False
    assert store.count().result() == 1
    assert server.client.hkeys(store._entries_key) == [b"bob"]


def test_clear_forgets_everybody(store: ActiveUserStore, server: Server) -> None:
    store.note("ada", "payload")
    assert store.clear().result() is True
    assert store.clear().result() is False
    assert store.count().result() == 0
    assert not server.client.exists(store._users_key, store._entries_key)


def test_the_entry_is_written_only_when_it_is_new_or_changed(store: ActiveUserStore, server: Server) -> None:
    before = server.client.info("commandstats").get("cmdstat_hset", {"calls": 0})["calls"]
    for payload in ("one", "one", "two", "two"):
        store.note("ada", payload).result()
    assert server.client.info("commandstats")["cmdstat_hset"]["calls"] - before == 2
    assert store.page(limit=1).result().payloads == ["two"]


def test_the_keys_vanish_by_themselves_a_day_after_the_window(store: ActiveUserStore, server: Server) -> None:
    store.note("ada", "payload").result()
    for key in store._keys:
        assert 60 + TTL_BEYOND_WINDOW - 1 <= server.client.ttl(key) <= 60 + TTL_BEYOND_WINDOW


def test_the_ttl_is_renewed_at_most_once_a_minute(store: ActiveUserStore, server: Server) -> None:
    full = 60 + TTL_BEYOND_WINDOW
    store.note("ada", "payload").result()
    for ttl, expected in ((full - 30, full - 30), (full - 61, full)):
        server.client.expire(store._users_key, ttl)
        store.note("ada", "payload").result()
        assert abs(server.client.ttl(store._users_key) - expected) <= 1


def test_a_key_without_ttl_gets_one(store: ActiveUserStore, server: Server) -> None:
    store.note("ada", "payload").result()
    server.client.persist(store._entries_key)
    store.note("ada", "payload").result()
    assert server.client.ttl(store._entries_key) > 0


def test_people_whose_entry_was_evicted_count_and_are_not_listed(store: ActiveUserStore, server: Server) -> None:
    store.note("ada", "payload").result()
    server.client.unlink(store._entries_key)
    page = store.page(limit=10).result()
    assert (page.count, page.payloads) == (1, [])
    assert list(store.walk()) == []


def test_windows_of_fractions_of_a_second_are_exact_to_the_millisecond(store: ActiveUserStore) -> None:
    brief = ActiveUserStore(store.connection, prefix=store.prefix, window=0.05)
    assert brief.note("ada", "").result() == 1
    time.sleep(0.051)
    assert brief.count().result() == 0


def test_two_stores_with_other_prefixes_do_not_meet(store: ActiveUserStore) -> None:
    other = ActiveUserStore(store.connection, prefix=store.prefix + "-other", window=60)
    store.note("ada", "payload").result()
    assert other.count().result() == 0


def test_sixteen_threads_share_the_connection_and_no_answer_goes_astray(store: ActiveUserStore, server: Server) -> None:
    _seen(store, server, **{f"p{number}": 1000 for number in range(16)})
    astray = []

    def work(number: int) -> None:
        for _ in range(200):
            store.note(f"p{number}", f"payload of p{number}")
            mine, nobody = store.last_seen([f"p{number}", "nobody"]), store.last_seen(["nobody"])
            counted = store.count()
            if nobody.result() != (0,) or mine.result()[0] == 0 or counted.result() != 16:
                astray.append(number)

    threads = [threading.Thread(target=work, args=[number]) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert astray == []
