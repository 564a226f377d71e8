from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from active_users.exceptions import ActiveUsersUnavailable
from active_users.paging import PAGE
from active_users.store.sharded import ActiveUserStore

from .connections import pipelined
from .entries import as_stored
from .servers import Server
from .threads import in_threads
from .waiting import wait_until

PRUNE_BATCH = 100
DAY = 24 * 3600


@pytest.fixture(params=[1, 7])
def store(shared_server: Server, request: pytest.FixtureRequest) -> Iterator[ActiveUserStore]:
    store = ActiveUserStore(
        pipelined(shared_server), prefix=f"test-{uuid4().hex[:12]}", window=60, shards=request.param
    )
    yield store
    shared_server.client.delete(*(key for shard in range(store.shards) for key in store.shard(shard).all_keys))


@pytest.fixture
def single(store: ActiveUserStore) -> ActiveUserStore:
    """The same with one shard, for tests that look at its keys."""
    return replace(store, shards=1)


def _now(server: Server) -> int:
    """The server's clock, in milliseconds."""
    seconds, microseconds = server.client.time()
    return int(seconds) * 1000 + int(microseconds) // 1000


def _seen(store: ActiveUserStore, server: Server, **milliseconds_ago: int) -> int:
    """Store people who were last seen this many milliseconds ago. Returns the server's time."""
    now = _now(server)
    pipeline = server.client.pipeline(transaction=False)
    for who, ago in milliseconds_ago.items():
        users, entries = store.shard_of(who).keys
        pipeline.zadd(users, {who: now - ago})
        pipeline.hset(entries, who, as_stored(f"payload of {who}"))
    pipeline.execute()
    return now


def _names(store: ActiveUserStore, **arguments: Any) -> list[str]:
    return [person.identity.decode() for person in store.page(**arguments).result().people]


def test_the_reply_to_a_note_is_how_many_are_active_on_the_shard(single: ActiveUserStore) -> None:
    assert single.note("ada", "payload").result() == 1
    assert single.note("ada", "payload").result() == 1
    assert single.note("bob", "payload").result() == 2


def test_people_are_spread_over_the_shards_and_counted_in_all(store: ActiveUserStore, server: Server) -> None:
    for number in range(100):
        store.note(f"p{number}", "payload")
    assert store.count().result() == 100
    sizes = [server.client.zcard(store.shard(shard).users_key) for shard in range(store.shards)]
    assert sum(sizes) == 100
    assert min(sizes) > 0


def test_the_count_needs_no_pruning_to_be_right(store: ActiveUserStore, server: Server) -> None:
    _seen(store, server, **{f"gone{number}": 60_001 for number in range(3 * PRUNE_BATCH)}, here=1000)
    assert store.count().result() == 1


def test_a_newcomer_and_every_read_prune_a_bounded_number(single: ActiveUserStore, server: Server) -> None:
    _seen(single, server, **{f"gone{number}": 60_001 for number in range(3 * PRUNE_BATCH + 7)}, here=1000)
    operations = [lambda: single.note("ada", ""), single.count, lambda: single.page(limit=1), single.count]
    for operate, left in zip(operations, [2 * PRUNE_BATCH + 7, PRUNE_BATCH + 7, 7, 0], strict=True):
        operate().result()
        here_and_ada = 2
        assert server.client.zcard(single.shard(0).users_key) == left + here_and_ada
        assert server.client.hlen(single.shard(0).entries_key) == left + here_and_ada


def test_notes_of_people_who_are_there_prune_and_renew_the_ttl_occasionally(
    single: ActiveUserStore, server: Server
) -> None:
    single.note("ada", "payload").result()
    _seen(single, server, gone=60_001)
    server.client.persist(single.shard(0).users_key)

    def is_looked_after() -> bool:
        single.note("ada", "payload").result()
        return server.client.zcard(single.shard(0).users_key) == 1 and server.client.ttl(single.shard(0).users_key) > 0

    wait_until(is_looked_after)


def test_a_page_lists_the_most_recently_seen_first(store: ActiveUserStore, server: Server) -> None:
    _seen(store, server, ada=3000, bob=1000, cy=2000, gone=60_001)
    assert _names(store, limit=10) == ["bob", "cy", "ada"]
    assert _names(store, limit=1, offset=1) == ["cy"]
    assert _names(store, limit=10, offset=3) == []
    assert _names(store, limit=0) == []
    assert _names(store, limit=2, offset=500) == []
    assert store.page(limit=1).result().total == 3


def test_a_page_is_bounded(store: ActiveUserStore, server: Server) -> None:
    _seen(store, server, **{f"p{number}": 1000 for number in range(PAGE + 5)})
    assert len(_names(store, limit=PAGE)) == PAGE
    assert store.has_page(limit=PAGE, offset=0)
    assert not store.has_page(limit=PAGE + 1, offset=0)
    assert store.has_page(limit=1, offset=PAGE) == (store.shards == 1)


@pytest.mark.parametrize(("who", "payload"), [("ada", b"\xff"), (b"\xff", b"payload")])
def test_a_list_with_bytes_that_no_note_writes_is_unknown(
    single: ActiveUserStore, server: Server, who: Any, payload: Any
) -> None:
    users, entries = single.shard(0).keys
    server.client.zadd(users, {who: _now(server)})
    server.client.hset(entries, who, as_stored(payload))
    for read in (single.page(limit=1).result, lambda: list(single.walk())):
        with pytest.raises(ActiveUsersUnavailable, match="Another program"):
            read()
    assert single.count().result() == 1


@pytest.mark.parametrize("entry", [b"", b"abc", b"\xfe", as_stored(b"\xc3"), b"\x80\x81\x82\x83"])
def test_an_entry_that_nobody_can_read_says_nothing_of_a_person_who_counts(
    single: ActiveUserStore, server: Server, entry: bytes
) -> None:
    users, entries = single.shard(0).keys
    server.client.zadd(users, {"ada": _now(server)})
    server.client.hset(entries, "ada", entry)
    total, (person,) = single.page(limit=1).result()
    assert (total, person.identity, person.payload) == (1, b"ada", "")
    assert person.since <= person.last_seen // 1000
    assert [found.entry for found in single.walk()] == [entry]


def test_a_page_of_any_length_is_of_one_moment_on_each_shard(store: ActiveUserStore, server: Server) -> None:
    """It is one script. Between two, somebody could move from one part of the list to another."""
    _seen(store, server, **{f"p{number}": number for number in range(PAGE)})
    before = server.script_calls()
    assert len(_names(store, limit=PAGE)) == PAGE
    assert server.script_calls() - before == store.shards


def test_people_seen_in_the_same_millisecond_are_always_in_the_same_order(
    store: ActiveUserStore, server: Server
) -> None:
    _seen(store, server, **{f"p{number}": 1000 + number % 3 for number in range(30)})
    whole = _names(store, limit=30)
    assert whole == sorted(whole, key=lambda who: (-(int(who[1:]) % 3), who), reverse=True)
    assert [who for start in range(0, 30, 7) for who in _names(store, limit=7, offset=start)] == whole
    assert [person.identity.decode() for person in sorted(store.walk(), reverse=True)] == whole


@pytest.mark.parametrize("ago", [lambda number: 1000, lambda number: number // 3, lambda number: number])
def test_a_walk_finds_everybody_once(store: ActiveUserStore, server: Server, ago: Any) -> None:
    people = {f"p{number}": ago(number) for number in range(2 * PAGE + 500)}
    _seen(store, server, **people, gone=60_001)
    met = [person.identity.decode() for person in store.walk()]
    assert len(met) == len(people)
    assert set(met) == set(people)


def test_a_walk_misses_nobody_who_is_seen_again_during_it(store: ActiveUserStore, server: Server) -> None:
    people = {f"p{number}": 10_000 - number for number in range(2 * PAGE)}
    _seen(store, server, **people)
    walk = store.walk()
    met = [next(walk).identity.decode()]
    for who in list(people)[PAGE : PAGE + 100]:  # people whom the walk has not reached yet
        store.note(who, "payload").result()
    met += [person.identity.decode() for person in walk]
    assert set(met) == set(people)


def test_last_seen_is_by_the_servers_clock_and_within_the_window(store: ActiveUserStore, server: Server) -> None:
    now = _seen(store, server, ada=5000, gone=60_001)
    assert store.last_seen(["ada", "gone", "nobody"]) == {"ada": now - 5000}
    store.note("bob", "payload").result()
    assert now <= store.last_seen(["bob"])["bob"] <= _now(server)


def test_a_forgotten_person_is_gone(single: ActiveUserStore, server: Server) -> None:
    single.note("ada", "payload")
    single.note("bob", "payload")
    assert single.forget("ada").result() is True
    assert single.forget("ada").result() is False
    assert single.count().result() == 1
    assert server.client.hkeys(single.shard(0).entries_key) == [b"bob"]


def test_clear_forgets_everybody(single: ActiveUserStore, server: Server) -> None:
    single.note("ada", "payload")
    assert single.clear().result() is True
    assert single.clear().result() is False
    assert single.count().result() == 0
    assert not server.client.exists(single.shard(0).users_key, single.shard(0).entries_key)


def test_forgetting_somebody_whose_window_has_passed_says_that_they_were_not_active(
    store: ActiveUserStore, server: Server
) -> None:
    _seen(store, server, gone=60_001, ada=59_000)
    assert store.forget("gone").result() is False
    assert store.forget("ada").result() is True
    for shard in range(store.shards):
        assert not server.client.exists(*store.shard(shard).keys)


def test_clearing_a_store_whose_people_have_all_left_says_that_nobody_was_active(
    store: ActiveUserStore, server: Server
) -> None:
    _seen(store, server, gone=60_001, bob=60_002)
    assert store.clear().result() is False
    for shard in range(store.shards):
        assert not server.client.exists(*store.shard(shard).keys)


def test_the_entry_is_written_only_when_it_is_new_or_changed(single: ActiveUserStore, server: Server) -> None:
    single.note("ada", "zero").result()
    before = server.calls("hset")
    for payload in ("one", "one", "two", "two"):
        single.note("ada", payload).result()
    assert server.calls("hset") - before == 2
    assert single.page(limit=1).result().people[0].payload == "two"


def test_the_keys_expire_a_day_after_the_window(single: ActiveUserStore, server: Server) -> None:
    full = (60 + DAY) * 1000
    before = _now(server)
    single.note("ada", "payload").result()
    for key in single.shard(0).keys:
        assert before + full <= server.client.pexpiretime(key) <= _now(server) + full


def test_the_ttl_is_renewed_at_most_once_a_minute(single: ActiveUserStore, server: Server) -> None:
    full = (60 + DAY) * 1000
    users = single.shard(0).users_key
    single.note("ada", "payload").result()
    before = _now(server)
    server.client.pexpireat(users, before + full - 1000)
    single.note("bob", "payload").result()
    assert server.client.pexpiretime(users) == before + full - 1000
    server.client.pexpireat(users, before + full - 60_001)
    single.note("cy", "payload").result()
    assert server.client.pexpiretime(users) >= before + full


def test_a_key_without_ttl_gets_one(single: ActiveUserStore, server: Server) -> None:
    single.note("ada", "payload").result()
    server.client.persist(single.shard(0).entries_key)
    single.note("bob", "payload").result()
    assert server.client.ttl(single.shard(0).entries_key) > 0


def test_people_whose_entry_was_evicted_count_and_are_not_listed(single: ActiveUserStore, server: Server) -> None:
    single.note("ada", "payload").result()
    server.client.unlink(single.shard(0).entries_key)
    assert single.page(limit=10).result() == (1, [])
    assert list(single.walk()) == []


def test_windows_of_fractions_of_a_second_are_exact_to_the_millisecond(store: ActiveUserStore) -> None:
    brief = ActiveUserStore(store.connection, prefix=store.prefix, window=0.05)
    assert brief.note("ada", "").result() == 1
    time.sleep(0.051)
    assert brief.count().result() == 0


def test_people_whom_a_clock_set_back_has_left_in_the_future_are_not_active(
    store: ActiveUserStore, server: Server
) -> None:
    _seen(store, server, **{f"ghost{number}": -3_600_000 for number in range(3 * PRUNE_BATCH)})
    _seen(store, server, here=1000, ahead=-1000, ghost=-2500)
    assert list(store.last_seen(["here", "ahead", "ghost", "ghost7"])) == ["here", "ahead"]
    assert store.page(limit=10).result().total == store.count().result() == 2
    assert _names(store, limit=10) == ["ahead", "here"]
    assert _names(store, limit=1, offset=1) == ["here"]
    assert sorted(person.identity for person in store.walk()) == [b"ahead", b"here"]
    assert store.forget("ghost299").result() is False
    assert store.note("bob", "payload").result() >= 1
    for _ in range(3):
        store.count().result()
    stored = sum(server.client.zcard(store.shard(number).users_key) for number in range(store.shards))
    assert stored == 3  # the others have been pruned


def test_a_person_whom_a_clock_set_back_has_left_in_the_future_is_back_at_the_next_note(
    store: ActiveUserStore, server: Server
) -> None:
    _seen(store, server, ada=-3_600_000)
    store.note("ada", "payload").result()
    assert store.count().result() == 1
    assert store.last_seen(["ada"])["ada"] <= _now(server)


def test_a_question_about_any_number_of_people_holds_the_server_for_a_thousand_at_a_time(
    store: ActiveUserStore, server: Server
) -> None:
    _seen(store, server, **{f"p{number}": 1000 for number in range(0, 5500, 500)})
    before = server.script_calls()
    assert list(store.last_seen([f"p{number}" for number in range(5500)])) == [f"p{n}" for n in range(0, 5500, 500)]
    parts = server.script_calls() - before
    assert parts == 6 * store.shards
    assert store.last_seen([]) == {}


def test_two_stores_with_different_prefixes_share_nobody(store: ActiveUserStore) -> None:
    other = ActiveUserStore(store.connection, prefix=store.prefix + "-other", window=60)
    store.note("ada", "payload").result()
    assert other.count().result() == 0


def test_sixteen_threads_share_the_connection_and_no_answer_goes_astray(store: ActiveUserStore, server: Server) -> None:
    _seen(store, server, **{f"p{number}": 1000 for number in range(16)})

    def work(number: int) -> list[int]:
        astray = []
        for which in range(200):
            store.note(f"p{number}", f"payload of p{number}")
            shard = store.shard_of(f"p{number}")
            mine, nobody = shard.last_seen([f"p{number}", "nobody"]), shard.last_seen(["nobody"])
            counted = store.count()
            if nobody.result() or list(mine.result()) != [f"p{number}"] or counted.result() != 16:
                astray.append(which)
        return astray

    assert in_threads(work, 16) == [[]] * 16


def test_while_nobody_can_be_noted_the_count_is_unknown_and_does_not_dwindle(own_server: Server) -> None:
    store = ActiveUserStore(pipelined(own_server, retry_after=0.02), prefix="test-full", window=60)
    assert store.note("ada", "payload").result() == 1
    own_server.client.config_set("maxmemory", 1)
    with pytest.raises(ActiveUsersUnavailable, match=r"OOM|maxmemory"):
        store.note("bob", "payload").result()
    before = own_server.connections_received()
    wait_until(lambda: own_server.connections_received() - before >= 3)  # Redis has been tried again and again
    with pytest.raises(ActiveUsersUnavailable):
        store.count().result()  # which Redis itself would answer
    own_server.client.config_set("maxmemory", 0)
    wait_until(lambda: not store.connection.is_paused)
    assert store.count().result() == 1
    assert store.note("bob", "payload").result() == 2


def test_once_a_window_has_passed_without_a_failed_note_the_count_is_known_although_nobody_can_be_noted(
    own_server: Server,
) -> None:
    store = ActiveUserStore(pipelined(own_server, retry_after=0.02), prefix="test-full", window=0.3)
    own_server.client.config_set("maxmemory", 1)
    with pytest.raises(ActiveUsersUnavailable, match=r"OOM|maxmemory"):
        store.note("bob", "payload").result()

    def is_known() -> bool:
        with suppress(ActiveUsersUnavailable):
            return store.count().result() == 0
        return False

    wait_until(is_known)
