from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group, User
from django.test import Client
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from redis import RedisError

from active_users import api
from active_users.exceptions import ActiveUsersUnavailable
from active_users.keys import ActiveUserEntry
from active_users.paging import PAGE
from active_users.store.current import get_store

from .browsers import Browser
from .entries import as_stored
from .servers import Server
from .waiting import wait_until


def _seed(server: Server, key: Any, number: int) -> None:
    seconds, _ = server.client.time()
    people = {str(pk): seconds * 1000 - pk for pk in range(number)}
    server.client.zadd(key("users"), people)
    entries: Any = {}
    for pk in people:
        entry = ActiveUserEntry()
        entry.user_id = pk
        entries[pk] = as_stored(entry.dump())
    server.client.hset(key("entries"), mapping=entries)


def test_nobody_is_active_to_begin_with(call: Any) -> None:
    assert call("get_active_users_count") == 0
    assert call("get_active_users") == []
    assert call("list_active_users", limit=10) == api.ActiveUsers(0, [])


def test_the_list_has_everybodys_fields_and_begins_with_those_seen_last(call: Any, ada: User, bob: User) -> None:
    for user in (ada, bob):
        Browser(Client()).log_in(user).get("/plain")
    assert call("get_active_users_count") == 2
    names = [user["username"] for user in call("get_active_users")]
    assert names == ["bob", "ada"]
    assert list(call("get_active_users")[0]) == ["user_id", "session_id", "ip", "username"]
    assert [user["username"] for user in call("get_active_users", limit=1)] == ["bob"]
    assert [user["username"] for user in call("get_active_users", limit=5, offset=1)] == ["ada"]


@pytest.mark.parametrize("shards", [1, 5])
def test_several_shards_give_the_same_answers_as_one(
    call: Any, settings: Any, browser: Browser, ada: User, bob: User, shards: int, no_memo: None
) -> None:
    settings.ACTIVE_USERS_SHARDS = shards
    for user in (ada, bob):
        assert browser.log_in(user).get("/count").content.strip() == (b"1" if user == ada else b"2")
    assert call("get_active_users_count") == 2
    assert [user["username"] for user in call("get_active_users")] == ["bob", "ada"]
    assert [user["username"] for user in call("list_active_users", limit=1000, offset=1).users] == ["ada"]
    assert set(call("get_last_seen", [ada, bob])) == {ada.pk, bob.pk}
    assert call("forget", ada) is True
    assert call("get_active_users_count") == 1
    assert call("clear") is True
    assert call("get_active_users_count") == 0


@pytest.mark.parametrize("limit", [None, PAGE, PAGE - 1])
def test_a_list_longer_than_a_page_is_complete_and_in_order(limit: int | None, server: Server, key: Any) -> None:
    _seed(server, key, 2 * PAGE + 300)
    found = [int(user["user_id"]) for user in api.get_active_users(limit=limit, offset=3)]
    assert found == list(range(3, 2 * PAGE + 300))[:limit]


@pytest.mark.parametrize("arguments", [{"limit": -1}, {"limit": PAGE + 1}, {"limit": 1.5}, {"offset": -7}])
@pytest.mark.parametrize("name", ["get_active_users", "list_active_users"])
def test_the_error_for_a_bad_number_names_the_argument(call: Any, name: str, arguments: dict[str, Any]) -> None:
    ((argument, value),) = arguments.items()
    with pytest.raises(ValueError, match=f"{argument} should be a whole number from 0 to .*, not {value}"):
        call(name, **{"limit": 10} | arguments)


def test_is_active_and_get_last_seen_take_users(call: Any, ada: User, bob: User) -> None:
    before = datetime.now(UTC)
    Browser(Client()).log_in(ada).get("/plain")
    assert call("is_active", ada) is True
    assert call("is_active", bob) is False
    last_seen = call("get_last_seen", [ada, bob])
    assert list(last_seen) == [ada.pk]
    assert before - timedelta(milliseconds=1) <= last_seen[ada.pk] <= datetime.now(UTC)


@pytest.mark.parametrize("zone", ["UTC", "America/Caracas"])
def test_times_are_naive_where_the_site_has_no_time_zones(call: Any, ada: User, settings: Any, zone: str) -> None:
    Browser(Client()).log_in(ada).get("/plain")
    (aware,) = call("get_last_seen", [ada]).values()
    settings.USE_TZ, settings.TIME_ZONE = False, zone
    (naive,) = call("get_last_seen", [ada]).values()
    assert naive.tzinfo is None
    assert naive == timezone.make_naive(aware, timezone.get_default_timezone())
    assert timedelta() <= timezone.now() - naive < timedelta(hours=1)


def test_a_user_who_was_never_saved_is_not_active(call: Any) -> None:
    assert call("is_active", User()) is False
    assert call("get_last_seen", [User()]) == {}
    assert call("get_last_seen", []) == {}


def _class_of(found: object) -> str:
    """Names a test. A ``repr()`` may hold an address, which differs between processes."""
    return type(found).__name__


@pytest.mark.parametrize(
    "found",
    [
        *(None, 5, True, "ada", b"ada", 2.5, {"pk": 5}, (), [5], object(), User, User.objects.all, Group(pk=5)),
        SimpleNamespace(pk=5),
        SimpleLazyObject(lambda: "ada"),
    ],
    ids=_class_of,
)
@pytest.mark.parametrize("name", ["is_active", "get_last_seen", "forget", "note"])
def test_what_is_not_a_user_is_named_with_what_to_pass(call: Any, name: str, found: Any) -> None:
    if name == "note" and found is User:  # says that it is logged in, as the class of a service may
        return
    get_store().note("5", "payload").result()
    with pytest.raises(TypeError) as caught:
        call(name, [User(pk=6), found] if name == "get_last_seen" else found)
    assert str(caught.value).startswith(f"user should be a user object, such as request.user, not {found!r}.")
    assert "get_user_model()(pk=…)" in str(caught.value)
    assert call("get_active_users_count") == 1


@pytest.mark.parametrize("found", [None, 5, "ada", b"ada", User(pk=5), object()], ids=_class_of)
def test_what_is_not_a_list_of_users_is_named(call: Any, found: Any) -> None:
    with pytest.raises(TypeError) as caught:
        call("get_last_seen", found)
    assert str(caught.value) == f"users should be a list or queryset of user objects, not {found!r}."


def test_a_user_with_only_a_primary_key_will_do(call: Any, ada: User) -> None:
    assert call("note", ada) is True
    assert call("is_active", get_user_model()(pk=ada.pk)) is True
    assert list(call("get_last_seen", list(User.objects.only("pk")))) == [ada.pk]
    assert call("forget", SimpleLazyObject(lambda: User(pk=ada.pk))) is True


@pytest.mark.parametrize("make", [User, AnonymousUser])
def test_there_is_nobody_to_forget_who_was_never_saved(call: Any, make: Any) -> None:
    get_store().note("None", "payload").result()
    assert call("forget", make()) is False
    assert call("is_active", make()) is False
    assert call("get_active_users_count") == 1


def test_get_last_seen_of_a_whole_list_is_one_call(server: Server, ada: User, bob: User) -> None:
    before = server.script_calls()
    api.get_last_seen([ada, bob] * 100)
    assert server.script_calls() - before == 1


def test_a_forgotten_person_is_back_at_the_next_request(call: Any, ada: User, bob: User) -> None:
    ada_s, bob_s = Browser(Client()).log_in(ada), Browser(Client()).log_in(bob)
    ada_s.get("/plain")
    bob_s.get("/plain")
    assert call("forget", ada) is True
    assert call("forget", ada) is False
    assert call("is_active", ada) is False
    assert call("is_active", bob) is True
    ada_s.get("/plain")
    assert call("is_active", ada) is True


def test_clear_forgets_everybody(call: Any, ada: User) -> None:
    browser = Browser(Client()).log_in(ada)
    browser.get("/plain")
    assert call("clear") is True
    assert call("clear") is False
    assert call("get_active_users_count") == 0
    browser.get("/plain")
    assert call("get_active_users_count") == 1


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("get_active_users_count", []),
        ("get_active_users", []),
        ("is_active", [User(pk=1)]),
        ("get_last_seen", [[User(pk=1)]]),
        ("forget", [User(pk=1)]),
        ("clear", []),
        ("get_active_guests_count", []),
        ("get_active_places", []),
        ("get_record", []),
        ("forget_record", []),
        ("get_history", []),
    ],
)
def test_while_redis_is_down_the_api_raises_an_error_with_its_cause(
    call: Any, own_server: Server, name: str, arguments: list[Any]
) -> None:
    own_server.kill()
    with pytest.raises(ActiveUsersUnavailable) as caught:
        call(name, *arguments)
    assert isinstance(caught.value.__cause__, RedisError)


@pytest.mark.parametrize("command", ["SET", "LPUSH", "SADD"])
@pytest.mark.parametrize("name", ["users", "entries"])
def test_another_programs_value_under_one_of_our_keys_does_not_fail_a_page(
    browser: Browser, ada: User, own_server: Server, key: Any, command: str, name: str, settings: Any, no_memo: None
) -> None:
    settings.ACTIVE_USERS_RETRY_AFTER = 0.01
    own_server.client.execute_command(command, key(name), "not ours")
    browser.log_in(ada)
    assert browser.get("/count").content.strip() == b""
    assert browser.get("/active-users-info/").status_code == 503
    assert browser.get("/active-users-live/").status_code == 200
    own_server.client.delete(key(name))
    wait_until(lambda: browser.get("/count").content.strip() == b"1")
    assert api.get_active_users_count() == 1


def test_a_flush_by_somebody_else_does_not_fail_a_page(
    browser: Browser, ada: User, own_server: Server, no_memo: None
) -> None:
    browser.log_in(ada).get("/plain")
    own_server.client.execute_command("FLUSHALL")
    own_server.client.script_flush()
    # Who was noted a moment ago is noted again after the page.
    assert [browser.get("/count").content.strip() for _ in range(2)][-1] == b"1"
