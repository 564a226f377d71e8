"""The site does not notice that we looked: every response and every row is the same with and without our middleware."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import transaction

from active_users import api

from .browsers import Browser
from .unnoticed import PRINCIPALS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ada", "bob", "no_memo")]

SESSION = "django.contrib.sessions.middleware.SessionMiddleware"
USER = "django.contrib.auth.middleware.AuthenticationMiddleware"
OURS = "active_users.middleware.ActiveUsersSessionMiddleware"
SIGNATURE = re.compile(r":[A-Za-z0-9]{6}:[\w-]{43}\b")  # what it signs is the moment, too
RANDOM = re.compile(r"\b[A-Za-z0-9]{32}\b")


@dataclass(frozen=True)
class Kind:
    """A kind of site: its session middleware, and what stands between ``AuthenticationMiddleware`` and ours."""

    session: str = SESSION
    others: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)


KINDS = {
    "plain": Kind(),
    "two cookies": Kind("OfficeMiddleware"),
    "session with arguments": Kind("DeviceMiddleware"),
    "lazy session": Kind("LazyMiddleware"),
    "session that stores itself": Kind("CreatingMiddleware"),
    "cached session": Kind("CachedMiddleware"),
    "session that is kept": Kind(others=["keep_the_session"]),
    "dict session": Kind(others=["dict_session"]),
    "no session": Kind(others=["no_session"]),
    "bearer": Kind(others=["bearer"], headers={"Authorization": "Bearer bob"}),
    "no bearer": Kind(others=["bearer"]),
    "own lazy user": Kind(others=["own_lazy_user"]),
    "lazy none": Kind(others=["lazy_none"]),
    "none": Kind(others=["none"]),
    "no user": Kind(others=["no_user"]),
    "verified": Kind(others=["verified"]),
    "impersonated": Kind(others=["impersonated"]),
    "verified and impersonated": Kind(others=["verified", "impersonated"]),
}
# What happens elsewhere in the meantime.
EVENTS: dict[str, Callable[[Any], object]] = {
    "password changed": lambda settings: User.objects.update(password="another"),
    "account closed": lambda settings: User.objects.filter(username="ada").update(is_active=False),
    "account deleted": lambda settings: User.objects.filter(username="ada").delete(),
    "session deleted": lambda settings: Session.objects.all().delete(),
    "session expired": lambda settings: Session.objects.update(expire_date=datetime(2020, 1, 1, tzinfo=UTC)),
    "session damaged": lambda settings: Session.objects.update(session_data="!"),
    "key rotated": lambda settings: _rotate(settings),
    "key replaced": lambda settings: setattr(settings, "SECRET_KEY", "another"),
}


def _rotate(settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a newer one"


LOOKS = ["/plain", "/tell", "/aplain", "/atell"]
JOURNEYS = {
    "a stranger": [*LOOKS, "/store", *LOOKS, "/astore?basket=pears", *LOOKS],
    "a member": ["/login/ada", *LOOKS, "/store", *LOOKS, "/logout", *LOOKS],
    "an async member": ["/alogin/ada", *LOOKS, "/astore", *LOOKS, "/alogout", *LOOKS],
    "a member of whom others ask": ["/login/ada", "/tell-by-middleware", "/plain", "/tell-by-middleware"],
    "a stranger who asks at once": ["/store", "/login-and-ask/ada", "/tell", "/logout-and-ask", "/atell"],
    "a stranger who asks later": ["/store", "/alogin/ada", "/login-and-ask/bob", "/atell", "/alogout", "/atell"],
    "a change of account": ["/login/ada", "/plain", "/login/bob", *LOOKS, "/login-by-hand/ada", *LOOKS],
    "a stranger by hand": ["/store", "/plain", "/login-by-hand/ada", *LOOKS, "/login-by-hand/bob", *LOOKS],
    "an impersonator": ["/login/ada", "/store-something?impersonated=bob", *LOOKS, "/logout", *LOOKS],
    "one-time password": ["/login/ada", "/store-something?one_time_password=1", *LOOKS],
    "the office": [
        *("/login/ada", "/office/plain", "/office/tell", "/office/store", "/tell", "/office/tell"),
        *("/office/login/bob", *LOOKS, "/office/plain", "/office/atell", "/logout", "/tell", "/office/tell"),
    ],
    "services": ["/login/ada", *[f"/{a}principal/{kind}" for kind in PRINCIPALS for a in ("", "a")], "/tell"],
} | {event: ["/login/ada", "/store", event, "/plain", "/aplain", "rows", *LOOKS, *LOOKS] for event in EVENTS}


@pytest.fixture
def visits_of(settings: Any, new_browser: Callable[[], Browser]) -> Callable[..., list[str]]:
    def visit(kind: Kind, steps: list[str], *, noted: bool) -> list[str]:
        """What a browser got from each path, and what is stored in between and in the end."""
        own = [f"tests.unnoticed.{name}" for name in kind.others]
        session = kind.session if "." in kind.session else f"tests.unnoticed.{kind.session}"
        settings.ROOT_URLCONF = "tests.unnoticed"
        settings.MIDDLEWARE = [session, USER, *own, *[OURS] * noted]
        browser = new_browser()
        browser.client.raise_request_exception = False
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "only for tests", []
        with transaction.atomic():
            seen = [_take(step, browser, kind, settings) for step in [*steps, "rows"]]
            transaction.set_rollback(True)
        return _numbered("\n".join(map(repr, seen))).splitlines()

    return visit


def _take(step: str, browser: Browser, kind: Kind, settings: Any) -> object:
    if step in EVENTS:
        EVENTS[step](settings)
        return step
    if step == "rows":
        sessions = [(row.session_key, sorted(row.get_decoded().items())) for row in Session.objects.all()]
        users = User.objects.order_by("pk").values("pk", "username", "password", "is_active")
        return sorted(sessions, key=lambda session: session[1]), list(users)
    response = browser.get(step, headers=kind.headers)
    cookies = [(name, cookie.value, cookie["max-age"], cookie["path"]) for name, cookie in response.cookies.items()]
    headers = sorted((name, value) for name, value in response.headers.items() if name != "Set-Cookie")
    body = response.content if response.status_code < 500 else b""  # a page of Django's, with a traceback
    return step, response.status_code, headers, cookies, body


def _numbered(text: str) -> str:
    """Random texts, such as the keys of sessions, are named in the order in which they appear."""
    names: dict[str, str] = {}
    text = SIGNATURE.sub(":signed", text)
    return RANDOM.sub(lambda random: names.setdefault(random[0], f"random {len(names)}"), text)


WITHOUT_MEMBERS = ["dict session", "no session", "own lazy user", "lazy none", "none", "no user"]
WITH_EVENTS = ["plain", "session that stores itself", "lazy session", "verified"]
CASES = [
    (kind, journey)
    for kind in KINDS
    for journey in JOURNEYS
    if (journey in ("a stranger", "a member") if kind in WITHOUT_MEMBERS else journey not in EVENTS)
    or (journey in EVENTS and kind in WITH_EVENTS)
]


@pytest.mark.parametrize(("kind", "journey"), CASES)
def test_the_site_is_the_same_without_us(visits_of: Callable[..., list[str]], kind: str, journey: str) -> None:
    without = visits_of(KINDS[kind], JOURNEYS[journey], noted=False)
    assert visits_of(KINDS[kind], JOURNEYS[journey], noted=True) == without


@pytest.mark.parametrize("engine", ["db", "cached_db", "file", "signed_cookies"])
@pytest.mark.parametrize("event", [None, "session expired", "password changed"])
def test_sessions_that_are_saved_with_every_request_are_saved_as_without_us(
    visits_of: Callable[..., list[str]], settings: Any, engine: str, event: str | None, tmp_path: Path
) -> None:
    settings.SESSION_SAVE_EVERY_REQUEST = True
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    settings.SESSION_FILE_PATH = str(tmp_path)
    steps = ["/login/ada", *[event] * bool(event), "/plain", "/tell", "/plain"]
    if engine == "db":
        steps += ["/store-meanwhile", "/tell"]
    assert visits_of(Kind(), steps, noted=True) == visits_of(Kind(), steps, noted=False)


def test_a_token_beside_a_session_stands_for_another_person(
    settings: Any, new_browser: Callable[[], Browser], ada: User
) -> None:
    settings.ROOT_URLCONF = "tests.unnoticed"
    settings.MIDDLEWARE = [SESSION, USER, "tests.unnoticed.bearer", OURS]
    settings.ACTIVE_USERS_TOUCH_INTERVAL = 1000
    browser = new_browser().log_in(ada)
    for headers in ({}, {"Authorization": "Bearer bob"}) * 2:
        browser.get("/plain", headers=headers)
    assert {user["username"] for user in api.get_active_users()} == {"ada", "bob"}


@pytest.mark.parametrize("path", ["/login/bob", "/alogin/bob"])
def test_who_logs_in_as_somebody_else_is_noted_as_that_person(
    settings: Any, new_browser: Callable[[], Browser], ada: User, path: str
) -> None:
    settings.ROOT_URLCONF = "tests.unnoticed"
    settings.ACTIVE_USERS_TOUCH_INTERVAL = 1000
    browser = new_browser().log_in(ada)
    browser.get("/plain")
    browser.get(path)
    assert {user["username"] for user in api.get_active_users()} == {"ada", "bob"}
