"""The names that others see: no e-mail address, nothing invisible, and what the site wants to show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.checks import run_checks

from active_users import api
from active_users.keys import ActiveUserEntry
from active_users.names import is_visible, username_unless_email
from active_users.store.current import get_store

from .browsers import Browser
from .servers import Server

pytestmark = pytest.mark.django_db

PAGES = ["/list", "/live", "/active-users-info/", "/active-users-live/"]
Browsers = Callable[[], Browser]


class ShoutingEntry(ActiveUserEntry):
    @classmethod
    def create_from_request(cls, request: Any) -> Any:
        entry = super().create_from_request(request)
        entry.username = request.user.get_username().upper()
        return entry


@pytest.mark.parametrize(
    ("username", "name"),
    [
        *((same, same) for same in ("ada", "Ada Lovelace", "@ada", "ada@", "@", "", "\N{GRINNING FACE}")),
        *((same, same) for same in ("\N{FULLWIDTH COMMERCIAL AT}ada", "\N{LATIN SMALL LIGATURE FI}", "A\u030a")),
        *((address, "") for address in ("ada@example.org", "a@b", "Ada <ada@example.org>", "@ada@example.org")),
        *((f"ada{at}example.org", "") for at in ("\N{FULLWIDTH COMMERCIAL AT}", "\N{SMALL COMMERCIAL AT}")),
    ],
)
def test_the_name_is_the_username_unless_that_looks_like_an_address(username: str, name: str) -> None:
    assert username_unless_email(User(username=username)) == name


def test_the_name_is_empty_where_people_log_in_with_their_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(User, "USERNAME_FIELD", "email")
    assert username_unless_email(User(username="ada", email="no-address")) == ""


@pytest.mark.parametrize("by", ["field", "looks"])
@pytest.mark.parametrize("viewer", ["member", "holder"])
def test_no_address_is_stored_or_shown_to_anybody(
    by: str, viewer: str, new_browser: Browsers, monkeypatch: pytest.MonkeyPatch, server: Server, key: Any
) -> None:
    if by == "field":
        monkeypatch.setattr(User, "USERNAME_FIELD", "email")
    people = [User.objects.create_user(f"{name}@example.org", f"{name}@example.org") for name in ("ada", "bob")]
    people[0].is_superuser = viewer == "holder"
    people[0].save()
    browsers = [new_browser().log_in(person) for person in people]
    for browser in reversed(browsers):
        browser.get("/plain")
    api.get_active_users_count()
    pages = [browsers[0].get(page).content.decode() for page in PAGES]
    assert "example.org" not in "".join(pages)
    for person in people:
        assert all(f"Member {person.pk}<" in page for page in (pages[0], pages[1], pages[3]))
    data = browsers[0].get("/active-users-info/").json()["data"]
    assert {(entry["user_id"], entry["username"]) for entry in data} == {(str(person.pk), "") for person in people}
    assert "example" not in str(server.client.hvals(key("entries")))


@pytest.mark.parametrize("rule", ["full_name", "full_name_of_a_group"])
def test_one_setting_says_what_every_list_shows(browser: Browser, ada: User, settings: Any, rule: str) -> None:
    settings.ACTIVE_USERS_DISPLAY_NAME = f"tests.rules.{rule}"
    User.objects.update(first_name="Ada", last_name="Lovelace")
    browser.log_in(ada).get("/plain")
    assert [user["username"] for user in api.get_active_users()] == ["Ada Lovelace"]
    assert all("Ada Lovelace" in browser.get(page).content.decode() for page in PAGES)
    assert api.is_active(ada)


def test_an_entry_class_that_sets_the_name_itself_has_the_last_word(browser: Browser, ada: User, settings: Any) -> None:
    settings.ACTIVE_USERS_KEY_CLASS = f"{__name__}.ShoutingEntry"
    browser.log_in(ada).get("/plain")
    assert api.get_active_users()[0]["username"] == "ADA"
    assert "<li><bdi>ADA</bdi></li>" in browser.get("/list").content.decode()


INVISIBLE = ["", " ", "\u200b", "\u2060\ufeff", "\u3164", "\u2800", "\u00ad\u200d", "\u0301", "\t\n\x00", "\u202e"]


@pytest.mark.parametrize("name", INVISIBLE)
def test_a_name_that_nobody_can_see_gives_way_to_the_number_of_the_member(
    name: str, browser: Browser, ada: User
) -> None:
    browser.log_in(ada).get("/plain")
    entry = ActiveUserEntry()
    entry.user_id, entry.username = "42", name
    get_store().note("42", entry.dump()).result()
    for page in ("/list", "/live", "/active-users-live/"):
        assert "<bdi>Member 42</bdi>" in browser.get(page).content.decode()
    assert browser.get("/active-users-info/").json()["data"][0] == {"user_id": "42", "username": ""}


def test_where_the_rule_shows_names_alone_a_person_without_one_is_somebody(
    browser: Browser, ada: User, settings: Any
) -> None:
    settings.ACTIVE_USERS_VISIBLE_FIELDS = "tests.rules.services_and_names"
    User.objects.update(username="ada@example.org")
    browser.log_in(ada).get("/plain")
    assert "<bdi>Somebody</bdi>" in browser.get("/list").content.decode()


@pytest.mark.parametrize("name", ["a", "0", " x ", "\u200bx", "\N{GRINNING FACE}", "e\u0301", "\u0e01\u0e33", "-"])
def test_every_other_name_is_shown_as_it_is(name: str, browser: Browser, ada: User) -> None:
    assert is_visible(name)
    User.objects.update(username=name)
    browser.log_in(ada).get("/plain")
    assert browser.get("/active-users-info/").json()["data"][0]["username"] == name


def test_a_check_says_what_is_shown_where_people_log_in_with_their_address(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_checks() == []
    monkeypatch.setattr(User, "USERNAME_FIELD", "email")
    (found,) = [message for message in run_checks() if str(message.id).startswith("active_users")]
    assert found.id == "active_users.I001"
    assert 'listed as "Member 42"' in found.msg
    assert "ACTIVE_USERS_DISPLAY_NAME" in str(found.hint)
    for chosen in ("tests.rules.full_name", "active_users.names.username_unless_email"):
        settings.ACTIVE_USERS_DISPLAY_NAME = chosen
        assert [message for message in run_checks() if str(message.id).startswith("active_users")] == []


def nickname(user: User) -> str:
    raise LookupError("no profile")


def test_somebody_for_whom_the_sites_function_fails_has_no_name_and_the_log_names_the_setting(
    browser: Browser, ada: User, settings: Any, no_memo: None, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ACTIVE_USERS_DISPLAY_NAME = f"{__name__}.nickname"
    browser.log_in(ada)
    for _ in range(3):
        assert f"Member {ada.pk}" in browser.get("/list").content.decode()
    assert caplog.text.count("ACTIVE_USERS_DISPLAY_NAME raised an error") == 1
