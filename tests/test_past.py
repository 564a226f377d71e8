"""The record and the history: the highest number ever, and that of each minute of a week."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from active_users import api
from active_users.exceptions import ActiveUsersUnavailable
from active_users.store.current import get_store
from active_users.store.past import MINUTES_KEPT, Tally
from active_users.store.sharded import ActiveUserStore

from .clocks import NOON, MakeStore, ServerClock
from .servers import Server

SECOND, MINUTE = 1000, 60_000
DAY = 24 * 60 * MINUTE


@pytest.fixture(params=[1, 3])
def store(make_store: MakeStore, request: pytest.FixtureRequest) -> ActiveUserStore:
    return make_store(20, request.param)


def _note(store: ActiveUserStore, *names: str) -> None:
    """Several shards remember what was read, so this reads too."""
    for who in names:
        store.note(who, "payload").result()
        store.count().result()


def _history(store: ActiveUserStore, *, minutes: int = MINUTES_KEPT) -> list[Tally]:
    return store.past(minutes).result().minutes


def test_the_record_is_the_highest_number_ever_with_its_date(store: ActiveUserStore, server_clock: ServerClock) -> None:
    assert store.past(1).result().record is None
    _note(store, "ada", "bob", "cy")
    server_clock.put_forward(300 * DAY)
    _note(store, "ada", "bob")
    assert store.past(1).result().record == Tally(NOON, 3, 0)
    server_clock.put_forward(SECOND)
    _note(store, "cy", "dan")
    assert store.past(1).result().record == Tally(NOON + 300 * DAY + SECOND, 4, 0)


def test_the_history_is_the_highest_number_of_each_minute_in_which_somebody_was_noted(
    store: ActiveUserStore, server_clock: ServerClock
) -> None:
    _note(store, "ada", "bob")
    server_clock.put_forward(21 * SECOND)
    _note(store, "ada")
    server_clock.put_forward(2 * MINUTE)
    _note(store, "ada")
    assert _history(store) == [Tally(NOON, 2, 0), Tally(NOON + 2 * MINUTE, 1, 0)]
    assert _history(store, minutes=2) == [Tally(NOON + 2 * MINUTE, 1, 0)]


def test_a_minute_in_which_nobody_came_is_not_missing(store: ActiveUserStore, server_clock: ServerClock) -> None:
    for _ in range(20):
        _note(store, "ada")
        server_clock.put_forward(10 * SECOND)
    assert _history(store) == [Tally(NOON + number * MINUTE, 1, 0) for number in range(4)]


def test_no_minute_of_a_crowd_is_missing(make_store: MakeStore, server_clock: ServerClock) -> None:
    """Of the first notes of a minute only one in 32 looks, where many are active."""
    store = make_store(300)
    for _ in range(4):
        for number in range(600):
            store.note(f"p{number}", "").result()
            server_clock.put_forward(100)
    assert [minute.users for minute in _history(store)] == [600] * 4


def test_the_history_is_of_a_week(store: ActiveUserStore, server_clock: ServerClock) -> None:
    for _ in range(10):
        _note(store, "ada")
        server_clock.put_forward(DAY)
    server_clock.put_forward(-DAY)
    assert _history(store) == [Tally(NOON + number * DAY, 1, 0) for number in range(3, 10)]
    server_clock.put_forward(3 * DAY)
    assert len(_history(store)) == 4


@pytest.mark.parametrize("minutes", [0, 1, 59, 24 * 60, MINUTES_KEPT])
def test_minutes_are_counted_from_now_wherever_the_ring_begins(
    make_store: MakeStore, server_clock: ServerClock, minutes: int
) -> None:
    store = make_store(20)
    server_clock.set(NOON // (MINUTES_KEPT * MINUTE) * MINUTES_KEPT * MINUTE - 30 * MINUTE)
    for _ in range(60):
        _note(store, "ada")
        server_clock.put_forward(MINUTE)
    server_clock.put_forward(-MINUTE)
    assert len(_history(store, minutes=minutes)) == min(minutes, 60)


def test_a_clock_that_was_set_back_shows_no_minute_to_come(store: ActiveUserStore, server_clock: ServerClock) -> None:
    _note(store, "ada", "bob")
    server_clock.put_forward(-2 * MINUTE)
    assert _history(store) == []
    _note(store, "cy")
    assert _history(store) == [Tally(NOON - 2 * MINUTE, 1, 0)]


def test_after_the_record_was_forgotten_there_is_a_new_one(store: ActiveUserStore, server_clock: ServerClock) -> None:
    _note(store, "ada", "bob", "cy")
    server_clock.put_forward(21 * SECOND)
    assert store.forget_record().result() is True
    assert store.forget_record().result() is False
    assert store.past(1).result()[:2] == (None, [])
    _note(store, "ada", "bob")
    assert store.past(1).result().record == Tally(NOON + 21 * SECOND, 2, 0)


def test_clearing_leaves_the_past(store: ActiveUserStore) -> None:
    _note(store, "ada")
    store.clear().result()
    assert store.past(1).result()[:2] == (Tally(NOON, 1, 0), [Tally(NOON, 1, 0)])


def test_what_is_remembered_has_a_ttl(store: ActiveUserStore, server: Server) -> None:
    _note(store, "ada")
    shard = store.shard(0)
    assert 399 * DAY < server.client.pttl(f"{shard.tag}:record") <= 400 * DAY
    assert 7 * DAY < server.client.pttl(f"{shard.tag}:history") <= 8 * DAY


def test_counting_on_several_shards_works_where_nothing_can_be_remembered(
    make_store: MakeStore, server: Server
) -> None:
    store = make_store(20, 3)
    for key in (f"{store.shard(0).tag}:record", f"{store.shard(0).tag}:history"):
        server.client.sadd(key, "not ours")
    for _ in range(3):
        _note(store, "ada", "bob")
        assert store.count().result() == 2
    with pytest.raises(ActiveUsersUnavailable):
        store.past(1).result()


@pytest.fixture(params=["sync", "async"])
def call(request: pytest.FixtureRequest) -> Any:
    def call(name: str, **options: Any) -> Any:
        if request.param == "sync":
            return getattr(api, name)(**options)
        return async_to_sync(getattr(api, f"a{name}"))(**options)

    return call


def test_the_api_gives_times(call: Any) -> None:
    assert call("get_record") is None
    assert call("get_history") == []
    get_store().note("ada", "payload").result()
    record = call("get_record")
    assert abs(record.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert (record.users, record.guests, record.total) == (1, 0, 1)
    (minute,) = call("get_history", hours=1)
    assert minute == api.Moment(record.at.replace(second=0, microsecond=0), 1, 0)
    assert call("forget_record") is True
    assert call("get_record") is None


def test_times_are_naive_where_the_site_has_no_time_zones(call: Any, settings: Any) -> None:
    get_store().note("ada", "payload").result()
    aware = call("get_record").at
    settings.USE_TZ, settings.TIME_ZONE = False, "America/Caracas"
    assert call("get_record").at == timezone.make_naive(aware, timezone.get_default_timezone())


@pytest.mark.parametrize("hours", [-1, 169, 1.5, "day"])
def test_the_error_for_bad_hours_names_them(call: Any, hours: Any) -> None:
    with pytest.raises(ValueError, match=f"hours should be a whole number from 0 to 168, not {hours!r}"):
        call("get_history", hours=hours)
