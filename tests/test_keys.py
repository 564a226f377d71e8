from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from active_users import api
from active_users.keys import AbstractActiveUserEntry, ActiveUserEntry
from active_users.store.current import get_store

from .browsers import Browser
from .entries import DeviceEntry, ServiceEntry


def _make(entry_class: type[Any] = ActiveUserEntry, **values: Any) -> Any:
    entry = entry_class()
    for name, value in values.items():
        setattr(entry, name, value)
    return entry


TEXTS = ["", "a:b::c", "\"quotes\" and 'quotes'", "\N{GRINNING FACE}", "two\nlines", "2001:db8::1", "x" * 500, "\ud800"]


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_survives(text: str) -> None:
    entry = _make(user_id="7", username=text)
    assert ActiveUserEntry.load(entry.dump()).to_dict() == {
        "user_id": "7",
        "session_id": "",
        "ip": "",
        "username": text,
    }


@given(st.lists(st.text(st.characters()), min_size=4, max_size=4))
def test_generated_text_survives(values: list[str]) -> None:
    entry = _make(ActiveUserEntry, **dict(zip(ActiveUserEntry.fields, values, strict=True)))
    assert list(ActiveUserEntry.load(entry.dump()).to_dict().values()) == values


def test_values_are_given_as_text() -> None:
    assert _make(user_id=7, username=None).to_dict()["user_id"] == "7"
    assert _make(user_id=7, username=None).to_dict()["username"] == ""


def test_a_payload_of_another_class_gives_the_fields_that_both_have() -> None:
    old = _make(user_id="7", ip="203.0.113.7", username="ada").dump()
    assert ServiceEntry.load(old).to_dict() == {
        "service_id": "",
        "user_id": "7",
        "session_id": "",
        "ip": "203.0.113.7",
        "username": "ada",
    }
    new = _make(ServiceEntry, service_id="shop", user_id="7", username="ada").dump()
    assert ActiveUserEntry.load(new).to_dict() == {"user_id": "7", "session_id": "", "ip": "", "username": "ada"}


@pytest.mark.parametrize("payload", ["", "no json", "7", "[]", "[1]", "{}", "null", '["ada"]', '["7","s","ip","ada"]'])
def test_a_payload_that_cannot_be_read_gives_an_empty_entry(payload: str) -> None:
    assert set(ActiveUserEntry.load(payload).to_dict().values()) == {""}


def test_the_payload_is_a_json_array_with_the_values_in_the_order_of_the_fields() -> None:
    entry = _make(user_id="7", session_id="s", ip="::1", username="ada")
    assert json.loads(entry.dump())[1:] == ["7", "s", "::1", "ada"]


class HandmadeEntry(ActiveUserEntry):
    """Stores its fields in its own way, and shows them in its own way."""

    def dump(self) -> str:
        return f"{self.user_id}\n{self.username}"

    @classmethod
    def load(cls, payload: str) -> HandmadeEntry:
        entry = cls()
        entry.user_id, entry.username = payload.split("\n")
        return entry

    def to_dict(self) -> dict[str, str]:
        return super().to_dict() | {"username": self.username.title()}


def test_a_class_may_store_load_and_show_its_entries_in_its_own_way(settings: Any) -> None:
    settings.ACTIVE_USERS_KEY_CLASS = f"{__name__}.HandmadeEntry"
    for pk, name in [("7", "ada"), ("8", "bob")]:
        entry = _make(HandmadeEntry, user_id=pk, username=name)
        get_store().note(entry.identity, entry.dump())
    for people in (api.get_active_users(), api.get_active_users(limit=2)):
        assert sorted((user["user_id"], user["username"]) for user in people) == [("7", "Ada"), ("8", "Bob")]


def test_entries_of_a_class_without_identity_fields_are_told_apart_by_all_fields() -> None:
    phone, laptop = (_make(DeviceEntry, user_id=7, agent=agent) for agent in ("phone", "laptop"))
    assert phone.identity != laptop.identity
    assert phone.identity == _make(DeviceEntry, user_id="7", agent="phone").identity
    assert (
        _make(DeviceEntry, user_id="a", agent="b,c").identity != _make(DeviceEntry, user_id="a,b", agent="c").identity
    )


def test_the_identity_is_short_however_long_the_fields() -> None:
    assert len(_make(DeviceEntry, user_id="7", agent="x" * 100_000).identity) <= 64
    assert len(_make(user_id="\ud800" * 1000).identity) <= 64


def test_a_user_alone_does_not_identify_an_entry_with_more_identity_fields() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"DeviceEntry tells active users apart by \('user_id', 'agent'\)"):
        DeviceEntry.identity_of(User(pk=7))


def test_a_user_is_found_under_the_identity_that_their_entry_has() -> None:
    for key in (7, "x" * 200, "\N{GRINNING FACE}"):
        user = User()
        user.pk = key
        assert ActiveUserEntry.identity_of(user) == _make(user_id=str(key)).identity


def test_a_class_that_does_not_fill_its_fields_says_what_to_override() -> None:
    class Empty(AbstractActiveUserEntry):
        fields = ("user_id",)

    with pytest.raises(NotImplementedError, match="Empty should override"):
        Empty.create_from_request(None)  # type: ignore[arg-type]


def test_a_subclass_written_for_0_4_1_runs_unchanged(browser: Browser, ada: User, settings: Any) -> None:
    settings.ACTIVE_USERS_KEY_CLASS = "tests.entries.ServiceEntry"
    browser.log_in(ada).get("/plain", headers={"Service-Id": "shop"})
    (user,) = api.get_active_users()
    assert list(user) == ["service_id", "user_id", "session_id", "ip", "username"]
    assert (user["service_id"], user["username"]) == ("shop", "ada")


def test_an_entry_class_for_devices_counts_and_forgets_devices(browser: Browser, ada: User, settings: Any) -> None:
    settings.ACTIVE_USERS_KEY_CLASS = "tests.entries.DeviceEntry"
    settings.ACTIVE_USERS_TOUCH_INTERVAL = 0
    browser.log_in(ada)
    for agent in ("phone", "laptop"):
        browser.get("/plain", headers={"User-Agent": agent})
    assert api.get_active_users_count() == 2
    browser.get("/logout", headers={"User-Agent": "phone"})
    assert [user["agent"] for user in api.get_active_users()] == ["laptop"]


def test_the_session_is_stored_as_a_digest(browser: Browser, ada: User, server: Any, key: Any) -> None:
    browser.log_in(ada).get("/plain")
    session_key = browser.client.cookies["sessionid"].value
    (user,) = api.get_active_users()
    assert len(user["session_id"]) == 12
    payload = server.client.hget(key("entries"), str(ada.pk))
    assert session_key.encode() not in payload
