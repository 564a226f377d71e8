from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django.test import RequestFactory

from active_users import api
from active_users.access import list_visible, visible_fields
from active_users.keys import ActiveUserEntry
from active_users.rendering.count import UNKNOWN, visible_count
from active_users.store.current import get_store

from .browsers import Browser
from .proxies.models import Holder
from .rules import broken, names_and_passwords
from .servers import Server

EVERYTHING = ["user_id", "session_id", "ip", "username"]
NAMES = ["user_id", "username"]


def _request(user: Any) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = user
    return request


@pytest.mark.parametrize(
    ("rule", "anonymous", "member", "holder"),
    [
        ("active_users.access.members_see_names", [], NAMES, EVERYTHING),
        ("active_users.access.everyone_sees_names", NAMES, NAMES, EVERYTHING),
        ("active_users.access.staff_only", [], [], EVERYTHING),
        ("tests.rules.names_and_passwords", ["username"], ["username"], ["username"]),
        ("tests.rules.broken", [], [], []),
    ],
)
@pytest.mark.django_db
def test_each_rule_shows_each_viewer_the_right_fields(
    rule: str, anonymous: list[str], member: list[str], holder: list[str], settings: Any, ada: User, browser: Browser
) -> None:
    settings.ACTIVE_USERS_VISIBLE_FIELDS = rule
    browser.log_in(ada).get("/plain")
    superuser = User(pk=9, is_superuser=True, is_active=True)
    people = [(AnonymousUser(), anonymous), (ada, member), (Holder(pk=8), holder), (superuser, holder)]
    for user, fields in people:
        request = _request(user)
        assert visible_fields(request) == fields
        found = list_visible(request, limit=10)
        assert found.count == 1
        assert [list(person) for person in found.users] == ([fields] if fields else [])


current_rule: Callable[[HttpRequest], Any] = names_and_passwords


def call_current_rule(request: HttpRequest) -> Any:
    return current_rule(request)


def _returned(value: object) -> Callable[[HttpRequest], Any]:
    return lambda request: value


def _names_then_error(request: HttpRequest) -> Iterator[str]:
    yield "username"
    raise LookupError("the rule's own mistake")


@pytest.mark.parametrize(
    ("rule", "shown", "logged"),
    [
        (broken, [], "the rule's own mistake"),
        (_names_then_error, [], "the rule's own mistake"),
        (_returned(None), [], "the names of fields in a list or tuple, not None."),
        (_returned(True), [], "the names of fields in a list or tuple, not True."),
        (_returned("username"), [], "the names of fields in a list or tuple, not 'username'."),
        (_returned(b"username"), [], "the names of fields in a list or tuple, not b'username'."),
        (_returned([["username"]]), [], "unhashable type: 'list'"),
        (_returned([1, None]), [], f"It should return some of {ActiveUserEntry.fields!r}, not 1."),
        (_returned(["Username"]), [], f"It should return some of {ActiveUserEntry.fields!r}, not 'Username'."),
        (names_and_passwords, ["username"], "not 'password'."),
        (_returned([]), [], ""),
        (_returned({"ip", "user_id"}), ["user_id", "ip"], ""),
    ],
)
@pytest.mark.django_db
def test_a_mistake_of_a_rule_fails_no_page_shows_nothing_more_and_is_logged_once(
    rule: Any, shown: list[str], logged: str, browser: Browser, ada: User, monkeypatch: Any, settings: Any, caplog: Any
) -> None:
    monkeypatch.setattr(f"{__name__}.current_rule", rule)
    settings.ACTIVE_USERS_VISIBLE_FIELDS = f"{__name__}.call_current_rule"
    User.objects.update(username="Ada Lovelace", is_superuser=True)
    browser.log_in(ada).get("/plain")
    for page in ("/plain", "/list", "/live", "/active-users-live/") * 2:
        response = browser.get(page)
        assert response.status_code == 200
        assert ("Ada Lovelace" in response.content.decode()) == ("username" in shown and page != "/plain")
    found = browser.get("/active-users-info/").json()
    assert (found["count"], [list(person) for person in found["data"]]) == (1, [shown] if shown else [])
    assert [record.levelname for record in caplog.records if record.name == "active_users"] == ["ERROR"] * bool(logged)
    assert logged in caplog.text
    assert not logged or "ACTIVE_USERS_VISIBLE_FIELDS" in caplog.text


@pytest.mark.django_db
def test_the_built_in_rules_suit_an_entry_class_without_names(settings: Any, log: Callable[[], list[str]]) -> None:
    settings.ACTIVE_USERS_KEY_CLASS = "tests.entries.SessionEntry"
    assert visible_fields(_request(User(pk=7, is_active=True))) == []
    assert log() == []


def test_without_a_request_or_a_user_only_the_count_is_shown() -> None:
    assert visible_fields(None) == []
    assert list_visible(None, limit=10) == api.ActiveUsers(0, [])
    assert visible_fields(RequestFactory().get("/")) == []


def test_the_count_is_read_once_per_request(browser: Browser, ada: User, server: Server) -> None:
    browser.log_in(ada).get("/plain")
    before = server.script_calls()
    response = browser.get("/counts")
    assert response.content.split() == [b"1", b"1", b"1"]
    assert server.script_calls() - before == 1


def test_a_page_that_notes_reads_the_count_from_the_reply_to_the_note(
    browser: Browser, ada: User, server: Server, no_memo: None
) -> None:
    browser.log_in(ada)
    before = server.script_calls()
    assert browser.get("/counts").content.split() == [b"1", b"1", b"1"]
    assert server.script_calls() - before == 1


def test_members_see_names_even_in_an_async_view_which_cannot_query_the_database(ada: User) -> None:
    async def look() -> list[str]:
        return visible_fields(_request(ada))

    assert async_to_sync(look)() == NAMES


def test_while_redis_is_down_the_count_is_unknown(own_server: Server) -> None:
    own_server.kill()
    assert visible_count(None) is UNKNOWN
    assert visible_count(RequestFactory().get("/")) is UNKNOWN


def test_text_that_cannot_be_encoded_is_shown_with_question_marks(settings: Any) -> None:
    settings.ACTIVE_USERS_VISIBLE_FIELDS = "active_users.access.everyone_sees_names"
    entry = ActiveUserEntry()
    entry.username = "lone \ud800 surrogate"
    get_store().note("7", entry.dump())
    assert api.get_active_users()[0]["username"] == "lone \ud800 surrogate"
    found = list_visible(_request(AnonymousUser()), limit=1)
    assert found.users == [{"user_id": "", "username": "lone ? surrogate"}]
