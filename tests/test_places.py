"""Places: who is where, in the store and in the API."""

from __future__ import annotations

from typing import Any

import pytest

from active_users import api
from active_users.keys import ActiveUserEntry
from active_users.paging import PAGE
from active_users.store.current import get_store
from active_users.store.shard import DRAWN
from active_users.store.sharded import ActiveUserStore

from .clocks import MakeStore, ServerClock
from .servers import Server

SECOND, DAY = 1000, 24 * 3600 * 1000
POLLS = 15  # three of five seconds


@pytest.fixture(params=[1, 3])
def store(make_store: MakeStore, request: pytest.FixtureRequest) -> ActiveUserStore:
    return make_store(300, request.param, place_window=POLLS)


def _counts(store: ActiveUserStore, *places: str) -> list[int]:
    """Users and guests together, of the site and of these places."""
    return [sum(counts) for counts in store.counts(places).result()]


def _names(store: ActiveUserStore, place: str, **options: Any) -> list[str]:
    page = store.page(limit=100, place=place, **options).result()
    return [person.identity.decode() for person in page.people]


def _fields(store: ActiveUserStore, server: Server) -> int:
    """How many fields the names of places take, without those that hold the last number."""
    keys = [f"{store.shard(number).tag}:names" for number in range(store.shards)]
    return sum(server.client.hlen(key) - server.client.hexists(key, "") for key in keys)


def test_a_place_is_any_text_and_a_person_is_in_one(store: ActiveUserStore) -> None:
    store.note("ada", "", place="/a").result()
    store.note("bob", "", place="app.article:7").result()
    store.note("cy", "", place="").result()
    assert _counts(store, "/a", "app.article:7", "", "/nowhere") == [3, 1, 1, 1, 0]
    store.note("ada", "", place="\ud800\N{GRINNING FACE}").result()
    assert _counts(store, "/a", "\ud800\N{GRINNING FACE}") == [3, 0, 1]
    assert _names(store, "\ud800\N{GRINNING FACE}") == ["ada"]


def test_a_note_without_a_place_leaves_a_person_where_they_are(
    store: ActiveUserStore, server_clock: ServerClock
) -> None:
    store.note("ada", "", place="/a").result()
    server_clock.put_forward((POLLS - 1) * SECOND)
    store.note("ada", "").result()
    assert _counts(store, "/a") == [1, 1]
    server_clock.put_forward(SECOND)
    store.note("ada", "").result()
    assert _counts(store, "/a") == [1, 0]


def test_a_place_is_left_after_three_missed_polls_whatever_the_window(
    store: ActiveUserStore, server_clock: ServerClock
) -> None:
    store.note("ada", "", place="/a").result()
    server_clock.put_forward(POLLS * SECOND - 250)
    assert _counts(store, "/a") == [1, 1]
    server_clock.put_forward(250)
    assert _counts(store, "/a") == [1, 0]
    assert store.page(limit=10, place="/a").result() == (0, [])


def test_nobody_is_in_a_place_who_is_not_active(make_store: MakeStore, server_clock: ServerClock) -> None:
    store = make_store(10, place_window=POLLS)
    store.note("ada", "", place="/a").result()
    server_clock.put_forward(10 * SECOND)
    assert _counts(store, "/a") == [0, 0]


def test_a_poll_from_another_tab_moves_nobody_back_from_the_place_opened_last(
    store: ActiveUserStore, server_clock: ServerClock
) -> None:
    store.note("ada", "", place="/first").result()
    store.note("ada", "", place="/second").result()
    for _ in range(5):
        server_clock.put_forward(5 * SECOND)
        store.note("ada", "", place="/first", opens=False).result()
        store.note("ada", "", place="/second", opens=False).result()
    assert _counts(store, "/first", "/second") == [1, 0, 1]
    for _ in range(3):
        assert _counts(store, "/first", "/second") == [1, 0, 1]
        server_clock.put_forward(5 * SECOND)
        store.note("ada", "", place="/first", opens=False).result()
    assert _counts(store, "/first", "/second") == [1, 1, 0]


def test_the_people_of_a_place_are_listed_and_walked_through(store: ActiveUserStore, server_clock: ServerClock) -> None:
    for number in range(250):
        store.note(f"p{number}", f"payload {number}", place="/a").result()
        store.note(f"q{number}", "", place="/b").result()
        server_clock.put_forward(number % 3 * 20)
    store.note("p7", "payload 7", place="/a").result()
    page = store.page(limit=2, place="/a").result()
    assert (page.total, page.people[0].payload) == (250, "payload 7")
    assert 0 <= server_clock.milliseconds - page.people[0].last_seen < 250
    walked = sorted(store.walk("/a"), reverse=True)
    assert walked == store.page(limit=PAGE, place="/a").result().people
    assert {person.identity.decode() for person in walked} == {f"p{number}" for number in range(250)}
    assert store.page(limit=20, offset=240, place="/a").result().people == walked[240:]
    assert list(store.walk("/nowhere")) == []


def test_a_forgotten_person_is_nowhere(store: ActiveUserStore, server: Server) -> None:
    store.note("ada", "", place="/a").result()
    assert store.forget("ada").result() is True
    assert _counts(store, "/a") == [0, 0]
    assert _fields(store, server) == 0
    store.note("bob", "", place="/a").result()
    assert store.clear().result() is True
    assert _counts(store, "/a") == [0, 0]
    assert _fields(store, server) == 0


def test_a_place_goes_with_the_last_one_who_leaves_it(store: ActiveUserStore, server: Server) -> None:
    for number in range(500):
        store.note("ada", "", place=f"/{number}").result()
        store.note("bob", "", place=f"/{number % 2}").result()
    assert _counts(store, "/499", "/1") == [2, 1, 1]
    assert _fields(store, server) == 4


def test_arrivals_make_room_for_themselves(make_store: MakeStore, server_clock: ServerClock, server: Server) -> None:
    store = make_store(3600, place_window=POLLS)
    for number in range(3000):
        store.note(f"p{number}", "", place=f"/{number % 500}").result()
        server_clock.put_forward(100)
    here = POLLS * 10
    assert here <= server.client.zcard(f"{store.shard(0).tag}:places") < 1.5 * here


def test_the_keys_of_places_have_a_ttl(store: ActiveUserStore, server: Server, server_clock: ServerClock) -> None:
    store.note("ada", "", place="/a").result()
    shard = store.shard_of("ada")
    keys = [f"{shard.tag}:places", f"{shard.tag}:names"]
    assert all(DAY < server.client.pttl(key) <= DAY + 300 * SECOND for key in keys)
    for key in keys:
        server.client.persist(key)
    for _ in range(32):  # a reader who stays looks after the keys too
        store.note("ada", "", place="/a", opens=False).result()
        server_clock.put_forward(1)
    assert all(server.client.pttl(key) > DAY for key in keys)


def test_where_the_names_were_evicted_people_are_back_at_their_next_poll(
    store: ActiveUserStore, server: Server, server_clock: ServerClock
) -> None:
    store.note("ada", "", place="/a").result()
    server.client.unlink(f"{store.shard_of('ada').tag}:names")
    server_clock.put_forward(SECOND)
    store.note("bob", "", place="/b").result()
    assert _counts(store, "/a", "/b") == [2, 0, 1]
    store.note("ada", "", place="/a", opens=False).result()
    assert _counts(store, "/a") == [2, 0]  # until the place that has no name any more has been silent for three polls
    store.note("ada", "", place="/a").result()
    assert _counts(store, "/a") == [2, 1]


def test_people_whom_a_clock_set_back_has_left_in_the_future_are_nowhere(
    store: ActiveUserStore, server_clock: ServerClock
) -> None:
    store.note("ada", "", place="/a").result()
    store.note("bob", "", place="/a").result()
    server_clock.put_forward(-DAY)
    assert _counts(store, "/a") == [0, 0]
    store.note("ada", "", place="/b", opens=False).result()
    assert _counts(store, "/a", "/b") == [1, 0, 1]
    assert store.busiest(10) == [("/b", (1, 0))]


def test_the_busiest_places_come_first(store: ActiveUserStore, server_clock: ServerClock) -> None:
    store.note("gone", "", place="/gone").result()
    server_clock.put_forward(POLLS * SECOND)
    for number in range(60):
        store.note(f"p{number}", "", place=f"/{max(0, number - 50)}").result()
    assert store.busiest(3) == [("/0", (51, 0)), ("/1", (1, 0)), ("/2", (1, 0))]
    assert len(store.busiest(100)) == 10
    assert store.busiest(0) == []


def test_the_busiest_of_many_places_are_found_in_a_crowd(store: ActiveUserStore) -> None:
    for number in range(3 * DRAWN):
        store.note(f"p{number}", "", place="/busy" if number % 3 == 0 else f"/{number}").result()
    assert store.busiest(1) == [("/busy", (DRAWN, 0))]


def _visit(user_id: str, place: str) -> None:
    entry = ActiveUserEntry()
    entry.user_id = user_id
    get_store().note(entry.identity, entry.dump(), place=place).result()


def test_the_api_counts_and_lists_the_people_of_a_place(call: Any) -> None:
    for user_id, place in [("1", "/a"), ("2", "/a"), ("3", "/b")]:
        _visit(user_id, place)
    assert call("get_active_users_count") == 3
    assert call("get_active_users_count", place="/a") == 2
    assert call("get_active_users_count", place="/nowhere") == 0
    for options in ({}, {"limit": 10}):
        assert {user["user_id"] for user in call("get_active_users", place="/a", **options)} == {"1", "2"}
    assert call("list_active_users", limit=1, place="/b").count == 1
    assert call("get_active_places") == [api.ActivePlace("/a", 2, 0), api.ActivePlace("/b", 1, 0)]
    assert call("get_active_places", limit=1) == [api.ActivePlace("/a", 2, 0)]


def test_the_time_that_keeps_somebody_in_a_place_is_three_polls(settings: Any) -> None:
    settings.ACTIVE_USERS_REFRESH_SECONDS = 7
    assert get_store().place_window == 21


@pytest.mark.parametrize("name", ["get_active_users_count", "get_active_users", "list_active_users"])
def test_the_error_for_a_place_that_is_no_text_names_it(call: Any, name: str) -> None:
    options = {"limit": 3} if name == "list_active_users" else {}
    with pytest.raises(TypeError, match=r"place should be a text or None, not 7\."):
        call(name, place=7, **options)


def test_the_error_for_a_bad_number_of_places_names_it(call: Any) -> None:
    with pytest.raises(ValueError, match="limit should be a whole number from 0 to 100, not 101"):
        call("get_active_places", limit=101)
