"""What is stored, logged and shown, and about whom nothing is."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.test import RequestFactory

from active_users import api
from active_users.visits import noting

from .browsers import Browser
from .proxies.models import Holder
from .servers import Server
from .sites import Serve
from .visitors import Visitor
from .waiting import wait_until

pytestmark = pytest.mark.django_db


PAGES = ["/count", "/counts", "/active-users-info/", "/active-users-live/", "/old/active-users-info/?limit=1000"]


def _all_that_can_be_fetched(viewer: Browser) -> list[bytes]:
    return [viewer.get(page).content for page in PAGES]


@pytest.mark.parametrize("rule", ["is_bob", "broken"])
def test_a_hidden_person_leaves_no_trace(
    new_browser: Any, ada: User, bob: User, settings: Any, rule: str, server: Server, key: Any
) -> None:
    viewer, hidden = new_browser().log_in(ada), new_browser()
    viewer.get("/plain")
    settings.ACTIVE_USERS_IS_HIDDEN = f"tests.rules.{rule}"
    before = _all_that_can_be_fetched(viewer), _all_that_can_be_fetched(new_browser())
    for path in ("/login/bob", "/plain", "/count", "/token/bob", "/nowhere", "/active-users-live/", "/aplain"):
        hidden.get(path)
    assert (_all_that_can_be_fetched(viewer), _all_that_can_be_fetched(new_browser())) == before
    assert api.is_active(bob) is False
    assert server.client.hkeys(key("entries")) == [str(ada.pk).encode()]


def test_a_person_who_hides_is_gone_at_the_next_request(
    browser: Browser, bob: User, settings: Any, no_memo: None
) -> None:
    browser.log_in(bob).get("/plain")
    assert api.get_active_users_count() == 1
    settings.ACTIVE_USERS_IS_HIDDEN = "tests.rules.is_bob"
    browser.get("/plain")
    assert api.get_active_users_count() == 0


def test_a_rule_that_asks_the_database_is_asked_each_time(
    browser: Browser, ada: User, bob: User, settings: Any, no_memo: None
) -> None:
    settings.ACTIVE_USERS_IS_HIDDEN = "tests.rules.is_in_a_group"
    bob.groups.create(name="shy")
    for user in (ada, bob, ada, bob):
        browser.log_in(user).get("/plain")
        assert [active["username"] for active in api.get_active_users()] == ["ada"]


def test_a_rule_that_asks_the_database_works_under_real_servers(serve: Serve, own_server: Server) -> None:
    rule = "tests.rules.is_in_a_group"
    with serve(own_server.url, ACTIVE_USERS_IS_HIDDEN=rule, ACTIVE_USERS_TOUCH_INTERVAL=0) as site:
        for number in range(3):
            visitor = Visitor(site.address)
            visitor.get(f"/login/p{number}")
            for path in ("/plain", "/aplain", "/greet", "/agreet", f"/token/p{number}"):
                visitor.get(path)
        assert site.count() == 3
        log = site.log.read_text()
    assert "ERROR" not in log
    assert "SynchronousOnlyOperation" not in log


def test_hidden_people_cost_no_more_than_others(browser: Browser, bob: User, settings: Any, server: Server) -> None:
    settings.ACTIVE_USERS_IS_HIDDEN = "tests.rules.is_bob"
    browser.log_in(bob)
    before = server.script_calls()
    for _ in range(20):
        browser.get("/greet")
    assert server.script_calls() - before == 1


def test_a_deleted_account_is_gone_at_once(browser: Browser, ada: User, bob: User) -> None:
    for user in (ada, bob):
        browser.log_in(user).get("/plain")
    bob.delete()
    assert [user["username"] for user in api.get_active_users()] == ["ada"]
    User.objects.all().delete()
    assert api.get_active_users_count() == 0


def test_an_account_deleted_through_a_proxy_is_gone_too(browser: Browser, ada: User) -> None:
    browser.log_in(ada).get("/plain")
    Holder.objects.get(pk=ada.pk).delete()
    assert api.get_active_users_count() == 0


def test_a_user_can_be_deleted_even_if_a_user_alone_does_not_identify_an_entry(
    ada: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ACTIVE_USERS_KEY_CLASS = "tests.entries.DeviceEntry"
    ada.delete()
    assert not User.objects.exists()
    assert "Cannot forget the deleted user" in caplog.text


def test_a_deactivated_account_is_not_noted_again(browser: Browser, ada: User, no_memo: None) -> None:
    browser.log_in(ada).get("/plain")
    User.objects.update(is_active=False)
    browser.get("/plain")
    browser.get("/token/ada")
    assert api.get_active_users_count() == 0


def test_no_secret_is_stored_logged_or_shown(
    new_browser: Any, ada: User, own_server: Server, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    """Uses every part of the package, also while Redis fails, then reads every key, log record and response."""
    caplog.set_level(logging.DEBUG)
    settings.ACTIVE_USERS_TOUCH_INTERVAL = 0
    settings.ACTIVE_USERS_RETRY_AFTER = 0.01
    own_server.client.config_set("requirepass", "the-redis-password")
    own_server.client.execute_command("AUTH", "the-redis-password")
    settings.CACHES = {"default": own_server.cache["default"] | {"OPTIONS": {"PASSWORD": "the-redis-password"}}}
    ada.set_password("the-users-password")
    ada.is_superuser = True
    ada.save()
    browser = new_browser().log_in(ada)
    headers = {"User-Agent": "the-user-agent", "X-CSRFToken": "the-csrf-token"}
    secrets = ["the-redis-password", "the-user-agent", "the-csrf-token", ada.password]
    secrets.append(browser.client.cookies["sessionid"].value)
    shown: list[Any] = []
    for path in [*PAGES, "/plain", "/greet", "/session/fill", "/login/ada", "/token/ada"]:
        shown.append(browser.get(path, headers=headers).content)
        secrets.append(browser.client.cookies["sessionid"].value)
    shown += [api.get_active_users(), api.get_last_seen([ada]), api.is_active(ada)]
    stored = _everything_in(own_server)
    assert stored
    own_server.client.config_set("maxmemory", 1)
    browser.get("/count", headers=headers)
    own_server.kill()
    for path in PAGES:
        shown.append(browser.get(path, headers=headers).content)
    with pytest.raises(Exception, match="Redis did not answer") as caught:
        api.get_active_users()
    shown += [str(caught.value), repr(caught.value), repr(caught.value.__cause__)]
    wait_until(lambda: "active users are unknown" in caplog.text)
    text = " ".join([str(shown), str(stored), caplog.text])
    for secret in secrets:
        assert secret not in text


def _everything_in(server: Server) -> list[Any]:
    """Read every key of the test's own server."""
    client: Any = server.client
    read = {b"hash": client.hgetall, b"string": client.get, b"zset": lambda key: client.zrange(key, 0, -1)}
    return [found for key in client.scan_iter() for found in (key, read[client.type(key)](key))]


def test_without_a_session_there_is_no_digest(ada: User) -> None:
    request = RequestFactory().get("/")
    request.user = ada
    noting.should_note_before_view(request, None)
    noting.note(request)
    assert get_user_model().objects.count() == 1
    assert api.get_active_users()[0]["session_id"] == ""
