"""Every answer and every row of the database is the same with our middleware and without it, on all kinds of sites."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import AsyncClient, Client
from django.utils.deprecation import MiddlewareMixin

from active_users import api
from active_users.store.current import memo

from . import odd_sites
from .browsers import Browser
from .odd_sites import SITES, OddSite, Visitor
from .odd_urls import ASYNC_PAGES, SYNC_PAGES

pytestmark = pytest.mark.django_db

OURS = "active_users.middleware.ActiveUsersSessionMiddleware"


class RemembersOriginals(MiddlewareMixin):
    """The last of the site's own middleware, after which only ours comes."""

    def process_request(self, request: Any) -> None:
        request.originals = {name: getattr(request, name, None) for name in ("user", "auser", "session")}


@pytest.fixture(params=SITES, ids=str)
def site(request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch) -> OddSite:
    site: OddSite = request.param
    own = []
    for number, middleware in enumerate((site.sessions, *site.middleware)):
        monkeypatch.setattr(odd_sites, f"middleware{number}", middleware, raising=False)
        own.append(f"{odd_sites.__name__}.middleware{number}")
    settings.MIDDLEWARE = [
        own[0],
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        *own[1:],
        f"{__name__}.{RemembersOriginals.__name__}",
    ]
    settings.ROOT_URLCONF = "tests.odd_urls"
    return site


@pytest.fixture
def new_visitor(new_browser: Callable[[], Browser], ada: User, bob: User, site: OddSite, settings: Any) -> Any:
    keys = {}
    for user in (ada, bob):
        client = Client()
        client.force_login(user)
        keys[user.username] = client.cookies["sessionid"].value
    stranger = SessionStore()
    stranger["basket"] = "apples"
    stranger.save()
    keys["stranger"] = str(stranger.session_key)

    def new_visitor() -> Visitor:
        visitor = Visitor(new_browser().client, keys)
        visitor.client.raise_request_exception = False
        site.prepare(visitor)
        return visitor

    for name, value in site.settings.items():
        setattr(settings, name, value)
    return new_visitor


def _open(visitor: Visitor, site: OddSite, page: str) -> Any:
    return Browser(visitor.client).get(f"{site.prefix}/{page}", headers=visitor.headers)


def _everything(visitor: Visitor, answer: Any) -> list[Any]:
    """An answer and all rows, without what is random or depends on the clock."""
    names = {key: name for name, key in visitor.keys.items()}

    def name(key: str) -> str:
        return names.get(key, "a new one") if key else ""

    cookies = [
        {**cookie, "expires": bool(cookie["expires"]), "name": cookie.key, "value": name(cookie.value)}
        for cookie in answer.cookies.values()
    ]
    headers = {header: name(value) if header == "Session" else value for header, value in answer.headers.items()}
    sessions = sorted((name(row.session_key), sorted(row.get_decoded().items())) for row in Session.objects.all())
    users = [{**row, "last_login": bool(row["last_login"])} for row in User.objects.order_by("pk").values()]
    return [answer.status_code, headers, cookies, answer.content, sessions, users]


def _differences(without: dict[str, Any], with_us: dict[str, Any]) -> list[Any]:
    return [
        (page, number, first, second)
        for page in without
        for number, answers in enumerate(zip(without[page], with_us[page], strict=True))
        for first, second in zip(*answers, strict=True)
        if first != second
    ]


def test_a_site_answers_and_saves_what_it_would_without_us(
    new_visitor: Callable[[], Visitor], site: OddSite, settings: Any
) -> None:
    middleware, seen = settings.MIDDLEWARE, []
    pages_of_site = ASYNC_PAGES if isinstance(new_visitor().client, AsyncClient) else SYNC_PAGES
    for settings.MIDDLEWARE in (middleware, [*middleware, OURS]):
        pages = {}
        for page in pages_of_site:
            with transaction.atomic():
                visitor = new_visitor()
                # The memo knows the visitor of the second request.
                pages[page] = [_everything(visitor, _open(visitor, site, page)) for _ in range(2)]
                transaction.set_rollback(True)
            memo.clear()
        seen.append(pages)
    assert _differences(*seen) == []


def test_the_person_whom_the_site_knows_is_noted(
    new_visitor: Callable[[], Visitor], site: OddSite, settings: Any
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, OURS]
    for page in ("plain", "aplain", "who", "in_the_loop") if site.noted is not None else ():
        with transaction.atomic():
            _open(new_visitor(), site, page)
            transaction.set_rollback(True)
        assert [user["username"] for user in api.get_active_users()] == ([site.noted] if site.noted else [])
        api.clear()


@pytest.mark.parametrize("site", SITES[:1], indirect=True, ids=str)
def test_these_tests_see_the_person_the_cookies_and_the_rows(new_visitor: Callable[[], Visitor], site: OddSite) -> None:
    visitor = new_visitor()
    before = _everything(visitor, _open(visitor, site, "who"))
    assert b"User ada" in before[3]
    after = _everything(visitor, _open(visitor, site, "log_in"))
    assert [cookie["value"] for cookie in after[2]] == ["a new one"]
    assert len(before[4]) == 3
    assert [first == second for first, second in zip(before, after, strict=True)] == [1, 1, 0, 0, 0, 1]
