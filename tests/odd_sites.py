"""Sites whose sessions and users are not Django's plain ones, and who opens them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.middleware import SessionMiddleware
from django.contrib.sessions.models import Session

from . import odd_sessions, odd_users


@dataclass
class Visitor:
    """A client and what it sends with every request. ``keys`` are those of ada's, bob's and a stranger's session."""

    client: Any
    keys: Mapping[str, str]
    headers: dict[str, str] = field(default_factory=dict)


Prepare = Callable[[Visitor], None]


def is_ada(visitor: Visitor) -> None:
    visitor.client.cookies["sessionid"] = visitor.keys["ada"]


def is_a_stranger(visitor: Visitor) -> None:
    visitor.client.cookies["sessionid"] = visitor.keys["stranger"]


def has_an_old_cookie(visitor: Visitor) -> None:
    visitor.client.cookies["sessionid"] = "x" * 32


def has_no_cookie(visitor: Visitor) -> None:
    pass


def has_two_cookies(visitor: Visitor) -> None:
    is_ada(visitor)
    visitor.client.cookies["office"] = visitor.keys["bob"]


def sends_a_header(visitor: Visitor) -> None:
    visitor.headers["Session"] = visitor.keys["ada"]


def _is_ada_with(name: str, value: str) -> Prepare:
    def prepare(visitor: Visitor) -> None:
        session = SessionStore(visitor.keys["ada"])
        session[name] = value
        session.save()
        is_ada(visitor)

    return prepare


changed_her_password = _is_ada_with(HASH_SESSION_KEY, "of the old password")
has_a_known_device = _is_ada_with("device", "known")
has_a_stolen_device = _is_ada_with("device", "stolen")


def is_expired(visitor: Visitor) -> None:
    Session.objects.filter(session_key=visitor.keys["ada"]).delete()
    is_ada(visitor)


@dataclass(frozen=True)
class OddSite:
    """``middleware`` comes after Django's. ``noted`` is whom the site knows the visitor as."""

    name: str
    prepare: Prepare
    noted: str = ""
    middleware: tuple[type, ...] = ()
    sessions: type = SessionMiddleware
    settings: Mapping[str, Any] = field(default_factory=dict)
    prefix: str = ""

    def __str__(self) -> str:
        return self.name


ROTATED = {"SECRET_KEY": "a newer one", "SECRET_KEY_FALLBACKS": ["only for tests"]}
ALWAYS_SAVED = {"SESSION_SAVE_EVERY_REQUEST": True}

SITES = [
    OddSite("plain", is_ada, "ada"),
    OddSite("no cookie", has_no_cookie),
    OddSite("stranger", is_a_stranger),
    OddSite("old cookie", has_an_old_cookie),
    OddSite("expired session", is_expired),
    OddSite("changed password", changed_her_password),
    OddSite("rotated secret key", is_ada, "ada", settings=ROTATED),
    OddSite("saved with every request", is_ada, "ada", settings=ALWAYS_SAVED),
    OddSite("saved with every request, old cookie", has_an_old_cookie, settings=ALWAYS_SAVED),
    OddSite("site beside an office", has_two_cookies, "ada", sessions=odd_sessions.OfficeSessions),
    OddSite("office", has_two_cookies, "bob", sessions=odd_sessions.OfficeSessions, prefix="/office"),
    OddSite("office of nobody", is_ada, sessions=odd_sessions.OfficeSessions, prefix="/office"),
    OddSite("header", sends_a_header, "ada", sessions=odd_sessions.HeaderSessions),
    OddSite("session with arguments", is_ada, "ada", sessions=odd_sessions.AgentSessions),
    OddSite("session with arguments, old cookie", has_an_old_cookie, sessions=odd_sessions.AgentSessions),
    OddSite("lazy session", is_ada, "ada", sessions=odd_sessions.LazySessions),
    OddSite("lazy session, old cookie", has_an_old_cookie, sessions=odd_sessions.LazySessions),
    OddSite("session whose loading saves", is_ada, "ada", sessions=odd_sessions.SavingSessions),
    OddSite("session whose loading saves, old cookie", has_an_old_cookie, sessions=odd_sessions.SavingSessions),
    OddSite("dict session", is_ada, sessions=odd_sessions.DictSessions),
    OddSite("kept session", is_ada, "ada", (odd_sessions.KeepsSession,)),
    OddSite("kept session, old cookie", has_an_old_cookie, "", (odd_sessions.KeepsSession,)),
    OddSite("session written to", is_ada, "ada", (odd_sessions.WritesFirst,)),
    OddSite("session written to, changed password", changed_her_password, "", (odd_sessions.WritesFirst,)),
    OddSite("session written to, rotated secret key", is_ada, "ada", (odd_sessions.WritesFirst,), settings=ROTATED),
    OddSite("bearer", is_ada, "bob", (odd_users.bearer,)),
    OddSite("lazy bearer", is_ada, "bob", (odd_users.lazy_bearer,)),
    OddSite("lazy bearer, old cookie", has_an_old_cookie, "bob", (odd_users.lazy_bearer,)),
    OddSite("lazy None", is_ada, "", (odd_users.lazy_none,)),
    OddSite("lazy None, old cookie", has_an_old_cookie, "", (odd_users.lazy_none,)),
    OddSite("lazy class", is_ada, "bob", (odd_users.own_lazy_class,)),
    OddSite("wrapped user", is_ada, "ada", (odd_users.wrap,)),
    OddSite("wrapped user, old cookie", has_an_old_cookie, "", (odd_users.wrap,)),
    OddSite("wrapped user, changed password", changed_her_password, "", (odd_users.wrap,)),
    OddSite("known device", has_a_known_device, "ada", (odd_users.one_time_password,)),
    OddSite("stolen device", has_a_stolen_device, "ada", (odd_users.one_time_password,)),
    OddSite("device, old cookie", has_an_old_cookie, "", (odd_users.one_time_password,)),
    OddSite("device, changed password", changed_her_password, "", (odd_users.one_time_password,)),
    OddSite("device, rotated secret key", is_ada, "ada", (odd_users.one_time_password,), settings=ROTATED),
    OddSite("impersonation", is_ada, "bob", (odd_users.impersonate,)),
    *(
        OddSite(f"principal {number}", is_ada, "", (odd_users.sets_user(make),))
        for number, make in enumerate(odd_users.PRINCIPALS)
    ),
]
