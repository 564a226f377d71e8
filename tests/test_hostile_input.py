"""Hostile names and requests: everything is escaped, nothing grows without bound, nothing raises."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from active_users import api
from active_users.store import memo as memo_module
from active_users.store.current import get_store, memo

from .browsers import Browser
from .entries import ServiceEntry
from .servers import Server

pytestmark = pytest.mark.django_db

NAMES = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "{{ settings.SECRET_KEY }}{% load x %}",
    "a\x00b\x1b[31mc\x7f",
    "\u202eevil\u2066",
    "line\r\nSet-Cookie: a=b",
    "x" * 150,
    "\N{GRINNING FACE}" * 30,
]


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_shown_as_text(browser: Browser, name: str) -> None:
    user = User.objects.create_user("placeholder")
    User.objects.update(username=name)
    user.refresh_from_db()
    browser.log_in(user).get("/plain")
    assert browser.get("/active-users-info/").json()["data"][0]["username"] == name
    for path in ("/active-users-live/", "/list"):
        html = browser.get(path).content.decode()
        assert "<script>" not in html
        assert "<img" not in html
        assert html.count("<li>") == 1


@pytest.mark.parametrize("text", ["\ud800", "x" * 100_000, "<b>", "\x00"])
def test_any_value_of_a_custom_field_survives(text: str, ada: User, settings: Any, browser: Browser) -> None:
    settings.ACTIVE_USERS_KEY_CLASS = "tests.entries.ServiceEntry"
    settings.ACTIVE_USERS_VISIBLE_FIELDS = "tests.rules.services_and_names"
    settings.ACTIVE_USERS_TOUCH_INTERVAL = 0
    browser.log_in(ada).get("/plain")
    entry: Any = ServiceEntry()
    entry.user_id, entry.username, entry.service_id = str(ada.pk), "ada", text
    get_store().note(entry.identity, entry.dump()).result()
    assert api.get_active_users()[0]["service_id"] == text
    assert browser.get("/active-users-info/").status_code == 200
    assert browser.get("/list").status_code == 200


def test_ten_thousand_cookies_and_user_agents_from_one_address_take_bounded_memory(
    monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    def key(number: int) -> tuple[str | None, ...]:
        return "session", "", f"{number:032}", None

    monkeypatch.setattr(memo_module, "MAX_ENTRIES", 1000)
    client = Client()
    before = server.script_calls()
    for number in range(10_000):
        client.cookies["sessionid"] = f"{number:032}"
        response = client.get("/plain", headers={"User-Agent": f"agent {number}"})
        assert response.status_code == 200
    remembered = sum(memo.recall(key(number), 3600) is not None for number in range(10_000))
    assert 0 < remembered <= 1000
    assert server.script_calls() == before
    assert api.get_active_users_count() == 0


@pytest.mark.parametrize("pattern", ["(", "[", "*"])
def test_an_invalid_pattern_is_logged_once_and_fails_no_page(
    browser: Browser, ada: User, settings: Any, pattern: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ACTIVE_USERS_EXCLUDE_URL_PATTERNS = [f"{pattern}{uuid4().hex}", "^/plain"]  # a new one, so not logged yet
    for path in ("/plain", "/greet", "/greet"):
        assert browser.log_in(ada).get(path).status_code == 200
    assert api.get_active_users_count() == 1
    assert caplog.text.count("is not a regular expression") == 1


RULES = {
    "active_users.access.members_see_names": {"stranger": "", "member": "names", "holder": "all", "superuser": "all"},
    "active_users.access.everyone_sees_names": {
        "stranger": "names",
        "member": "names",
        "holder": "all",
        "superuser": "all",
    },
    "active_users.access.staff_only": {"stranger": "", "member": "", "holder": "all", "superuser": "all"},
    "tests.rules.names_and_passwords": dict.fromkeys(["stranger", "member", "holder", "superuser"], "name"),
    "tests.rules.broken": dict.fromkeys(["stranger", "member", "holder", "superuser"], ""),
}
FIELDS = {
    "": [],
    "name": ["username"],
    "names": ["user_id", "username"],
    "all": ["user_id", "session_id", "ip", "username"],
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("viewer", ["stranger", "member", "holder", "superuser"])
def test_every_output_shows_the_allowed_fields_and_no_more(
    rule: str, viewer: str, new_browser: Any, settings: Any, ada: User
) -> None:
    settings.ACTIVE_USERS_VISIBLE_FIELDS = rule
    new_browser().log_in(ada).get("/plain", REMOTE_ADDR="203.0.113.7")
    browser = new_browser()
    if viewer != "stranger":
        user = User.objects.create_user(viewer, is_superuser=viewer == "superuser")
        if viewer == "holder":
            user.user_permissions.add(Permission.objects.get(codename="view_activeuser"))
        browser.log_in(user)
    fields = FIELDS[RULES[rule][viewer]]
    (stored,) = api.get_active_users()
    answer = browser.get("/active-users-info/").json()
    assert answer == {"count": 1, "data": [{field: stored[field] for field in fields}] if fields else []}
    for path in ("/active-users-live/", "/live"):  # these show at most the names
        html = browser.get(path).content.decode()
        assert ("<li><bdi>ada</bdi></li>" in html) == bool(fields)
        assert "203.0.113.7" not in html
        assert stored["session_id"] not in html
