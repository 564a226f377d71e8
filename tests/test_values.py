"""Settings with values that they cannot have: the check reports them, and a site that runs no checks does without."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from active_users import api
from active_users.checks.values import ROWS, check_values
from active_users.settings import ActiveUsersSettings, active_users_settings

from .browsers import Browser

NAMES = [row.name for row in ROWS]
ODD: list[Any] = [
    *(None, True, "", "text", "1", "\udcff", b"bytes", "tests.project.RELEASE", len),
    *(-1, 0, 2.5, float("nan"), float("inf"), 10**400),
    *([], {}, [1], ["text"], ["a{99999999999}"], {"text"}, timedelta(seconds=1)),
]


@pytest.fixture
def just_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if no setting had been read yet in this process, so that each is logged again."""
    monkeypatch.setattr(active_users_settings, "_known", {})


def test_every_setting_is_checked() -> None:
    properties = {name for name, found in vars(ActiveUsersSettings).items() if isinstance(found, property)}
    assert set(NAMES) == properties - {
        "CACHES",
        "MIDDLEWARE",
        "SECRET_KEY",
        "SESSION_SAVE_EVERY_REQUEST",
        "USE_TZ",
        "written_names",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("name", NAMES)
def test_no_value_of_a_setting_fails_a_page(name: str, browser: Browser, settings: Any) -> None:
    for number, value in enumerate(ODD):
        ada = User.objects.create_user(f"ada{number}")
        setattr(settings, f"ACTIVE_USERS_{name}", value)
        browser.log_in(ada)
        for path in ("/plain", "/count", "/list", "/live", "/active-users-live/"):
            assert browser.get(path).status_code == 200, (value, path)
        # 503 where there is no cache with that alias.
        assert browser.get("/active-users-info/").status_code in {200, 503}, value
        browser.client.logout()
        ada.delete()
        list(check_values())


@pytest.mark.parametrize("name", NAMES)
def test_a_value_is_either_right_or_reported_by_the_check_and_logged_once(
    name: str, settings: Any, just_started: None, caplog: pytest.LogCaptureFixture
) -> None:
    ids = {f"active_users.{check_id}" for row in ROWS for check_id in (row.check_id, row.import_id)}
    for value in ODD:
        setattr(settings, f"ACTIVE_USERS_{name}", value)
        reported = [message.msg for message in check_values() if message.id in ids]
        caplog.clear()
        for _ in range(2):
            getattr(active_users_settings, name)
        assert [str(record.args[0]) for record in caplog.records if record.args] == reported, value  # type: ignore[index]


def test_a_mistaken_value_is_replaced_with_the_default(
    settings: Any, just_started: None, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ACTIVE_USERS_KEY_EXPIRE = "5 minutes"
    assert active_users_settings.KEY_EXPIRE == 20
    (message,) = caplog.messages
    assert message == (
        "ACTIVE_USERS_KEY_EXPIRE should be a number of seconds above 0 and up to 1000000000, not '5 minutes'. Until it "
        "is corrected, the package behaves as if it were 20.0."
    )
    settings.ACTIVE_USERS_KEY_EXPIRE = 300
    assert active_users_settings.KEY_EXPIRE == 300


def test_a_mistake_shows_and_stores_no_more_than_the_site_may_have_wanted(
    browser: Browser, ada: User, settings: Any, no_memo: None
) -> None:
    browser.log_in(ada)
    settings.ACTIVE_USERS_VISIBLE_FIELDS = "shop.rules.nowhere"
    settings.ACTIVE_USERS_ANONYMIZE_IP = "yes"
    settings.ACTIVE_USERS_DISPLAY_NAME = "shop.rules.nowhere"
    browser.get("/plain")
    assert browser.get("/active-users-info/").json() == {"count": 1, "data": []}
    assert [(user["ip"], user["username"]) for user in api.get_active_users()] == [("127.0.0.0/24", "")]
    settings.ACTIVE_USERS_IS_HIDDEN = "shop.rules.nowhere"
    browser.get("/plain")
    assert browser.get("/active-users-info/").json() == {"count": 0, "data": []}


def test_one_mistaken_proxy_or_pattern_leaves_the_others_in_force(browser: Browser, ada: User, settings: Any) -> None:
    settings.ACTIVE_USERS_TRUSTED_PROXIES = ["nginx", "127.0.0.1", "10.0.0.300"]
    settings.ACTIVE_USERS_EXCLUDE_URL_PATTERNS = ["^/(x", "a{99999999999}", "^/greet"]
    browser.log_in(ada).get("/greet")
    assert api.get_active_users_count() == 0
    headers = {"x-forwarded-for": "203.0.113.7"}
    browser.get("/plain", headers=headers)
    assert [user["ip"] for user in api.get_active_users()] == ["203.0.113.7"]
