"""Who counts as one guest: visitors with the same address and browser, for a day."""

from __future__ import annotations

import logging
import time
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import RequestFactory

from active_users.guests import AGENTS, DAY, Guest, identify_guest

FIREFOX, SAFARI = "Mozilla/5.0 Firefox/140.0", "Mozilla/5.0 Safari/605.1.15"


def _guest(address: str = "203.0.113.7", agent: str = FIREFOX, **headers: Any) -> Guest:
    return identify_guest(RequestFactory().get("/", REMOTE_ADDR=address, HTTP_USER_AGENT=agent, **headers))


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the time of the day, in seconds since midnight UTC."""

    def set_time(second: float, *, days: int = 0) -> None:
        monkeypatch.setattr(time, "time", lambda: 20_000 * DAY + days * DAY + second)

    set_time(DAY / 2)
    return set_time


def test_another_address_or_browser_is_another_guest() -> None:
    guests = {_guest().identity, _guest("203.0.113.8").identity, _guest(agent=SAFARI).identity, _guest("").identity}
    assert len(guests) == 4
    assert _guest() == _guest()


def test_the_addresses_of_a_household_are_one_guest() -> None:
    assert _guest("2001:db8::1") == _guest("2001:db8::ffff:1")
    assert _guest("2001:db8::1") != _guest("2001:db8:0:1::1")


def test_one_address_has_at_most_as_many_guests_as_there_are_numbers_for_agents() -> None:
    guests = {_guest(agent=f"Program/{number}").identity for number in range(20 * AGENTS)}
    assert len(guests) == AGENTS


@pytest.mark.parametrize("agent", ["", "\x00", "\udce4", "ü" * 10_000])
def test_any_agent_is_somebody(agent: str) -> None:
    assert len(_guest(agent=agent).identity) == 8


def test_an_identity_lasts_a_day_and_names_the_one_before_while_that_may_be_counted(now: Any, settings: Any) -> None:
    settings.ACTIVE_USERS_KEY_EXPIRE, settings.ACTIVE_USERS_TOUCH_INTERVAL = 300, 15
    now(DAY - 1)
    before = _guest()
    assert before.formerly is None
    for second in (0, 314):
        now(second, days=1)
        assert _guest() == Guest(_guest().identity, formerly=before.identity)
        assert _guest().identity != before.identity
    now(316, days=1)
    assert _guest().formerly is None


def test_another_site_or_secret_knows_nobody(settings: Any) -> None:
    before = _guest()
    settings.SECRET_KEY = "another"
    assert _guest().identity != before.identity


def test_the_address_is_the_one_that_a_trusted_proxy_reports(settings: Any) -> None:
    settings.ACTIVE_USERS_TRUSTED_PROXIES = ["10.0.0.0/8"]
    assert _guest("10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.7") == _guest()


def test_a_proxy_that_is_not_trusted_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    for address in ("203.0.113.7", "203.0.113.8"):
        _guest("10.0.0.1", HTTP_X_FORWARDED_FOR=address)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "ACTIVE_USERS_TRUSTED_PROXIES" in record.getMessage()


@pytest.mark.parametrize(
    ("track", "proxies", "is_reported"), [(True, [], True), (True, ["unix"], False), (False, [], False)]
)
def test_a_deployment_that_tracks_guests_has_to_name_its_proxies(
    settings: Any, track: bool, proxies: list[str], is_reported: bool
) -> None:
    settings.ACTIVE_USERS_TRACK_GUESTS, settings.ACTIVE_USERS_TRUSTED_PROXIES = track, proxies
    for deploy in (True, False):
        call_command("check", deploy=deploy, stdout=StringIO(), stderr=(errors := StringIO()))
        assert ("active_users.W010" in errors.getvalue()) is (is_reported and deploy)
