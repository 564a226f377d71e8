"""The number is asked for before the view of a page that printed it the last time, and is there when it is printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import login, logout
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.template import engines
from django.test import Client
from django.urls import include, path

from active_users import api
from active_users.decorators import active_users_exempt
from active_users.store.current import get_store
from active_users.visits import counting

from .browsers import Browser
from .servers import Server

pytestmark = pytest.mark.django_db

PAGES = ["count", "acount"]
FOR_MEMBERS = "{% if request.user.is_authenticated %}{{ active_users_count }}{% endif %}"

# What happens in the view, before the page is rendered, and what is open while it is.
during: list[Callable[[HttpRequest], object]] = []
printing: list[Callable[[], AbstractContextManager[object]]] = []


def count(request: HttpRequest) -> HttpResponse:
    for happen in during:
        happen(request)
    with ExitStack() as stack:
        for context in printing:
            stack.enter_context(context())
        return render(request, request.GET.get("template", "count.html"))


async def acount(request: HttpRequest) -> HttpResponse:
    await request.auser()
    for happen in during:
        await sync_to_async(happen)(request)
    with ExitStack() as stack:
        for context in printing:
            stack.enter_context(context())
        return render(request, "count.html")


@active_users_exempt
def exempt(request: HttpRequest) -> HttpResponse:
    return count(request)


def for_members(request: HttpRequest) -> HttpResponse:
    for happen in during:
        happen(request)
    return HttpResponse(engines["django"].from_string(FOR_MEMBERS).render({}, request))


def streamed(request: HttpRequest) -> StreamingHttpResponse:
    for happen in during:
        happen(request)
    return StreamingHttpResponse(render(request, "count.html").content for _ in range(1))


tenant: ContextVar[str] = ContextVar("tenant")


def make_key(key: str, key_prefix: str, version: int) -> str:
    return f"{tenant.get()}:{key_prefix}:{version}:{key}"


@contextmanager
def of(name: str) -> Iterator[None]:
    token = tenant.set(name)
    yield
    tenant.reset(token)


urlpatterns = [
    path("count", count),
    path("acount", acount),
    path("exempt", exempt),
    path("excluded", count),
    path("for-members", for_members),
    path("streamed", streamed),
    path("", include("active_users.urls")),
]


@pytest.fixture(autouse=True)
def site(settings: Any) -> Iterator[None]:
    settings.ROOT_URLCONF = __name__
    settings.ACTIVE_USERS_EXCLUDE_URL_PATTERNS = ["^/excluded"]
    yield
    during.clear()
    printing.clear()


@pytest.fixture
def asked(server: Server) -> Callable[..., tuple[int, int]]:
    """How many commands a request sends before its view, and how many during or after it."""

    def asked(browser: Browser, path: str, **arguments: Any) -> tuple[int, int]:
        calls: list[int] = []
        during[:] = [lambda request: calls.append(server.script_calls())]
        before = server.script_calls()
        response = browser.get(path, **arguments)
        assert response.getvalue().strip().isdigit() or "template" in path or path == "/for-members"
        during.clear()
        return calls[0] - before, server.script_calls() - calls[0]

    return asked


@pytest.mark.parametrize("page", ["count", "acount", "exempt", "excluded"])
@pytest.mark.parametrize("is_member", [False, True])
@pytest.mark.parametrize("shards", [1, 3])
def test_from_the_second_time_on_the_number_is_asked_for_before_the_view(
    browser: Browser, ada: User, settings: Any, asked: Any, page: str, is_member: bool, shards: int
) -> None:
    settings.ACTIVE_USERS_SHARDS = shards
    if is_member:
        browser.log_in(ada).get("/for-members")  # within the touch interval from now on
    remembers = int(shards > 1)  # the record of several shards is kept where they are counted
    expected = [(0, shards + remembers), (shards, remembers), (shards, remembers)]
    assert [asked(browser, f"/{page}") for _ in range(3)] == expected


def test_with_several_shards_a_page_that_notes_asks_ahead_too(
    browser: Browser, ada: User, settings: Any, asked: Any, no_memo: None
) -> None:
    settings.ACTIVE_USERS_SHARDS = 3
    browser.log_in(ada)
    # Who counts already is noted after the second page. The record is remembered by each.
    assert [asked(browser, "/count") for _ in range(2)] == [(1, 3 + 1), (3, 1 + 1)]


def test_the_page_of_somebody_new_prints_the_answer_to_their_note(
    browser: Browser, ada: User, asked: Any, no_memo: None
) -> None:
    browser.log_in(ada)
    assert [asked(browser, "/count") for _ in range(2)] == [(1, 0), (1, 1)]


@pytest.mark.parametrize("page", PAGES)
def test_printing_waits_for_nothing_once_the_answer_has_come(
    browser: Browser, ada: User, server: Server, settings: Any, page: str
) -> None:
    Browser(browser.client.__class__()).log_in(ada).get("/for-members")
    browser.get(f"/{page}")
    during.append(lambda request: server.script_calls())  # the server has answered all before this
    printing.append(server.scripts_paused)
    assert browser.get(f"/{page}").content.strip() == b"1"


def test_the_snippet_shows_strangers_the_number_that_was_asked_for_ahead(browser: Browser, asked: Any) -> None:
    assert [asked(browser, "/count?template=live.html") for _ in range(2)] == [(0, 1), (1, 0)]


def test_a_stream_may_print_it_after_the_response_has_begun(asked: Any) -> None:
    assert [asked(Browser(Client()), "/streamed") for _ in range(3)] == [(0, 1), (1, 0), (1, 0)]


def test_a_page_that_no_longer_prints_it_asks_in_vain_once(browser: Browser, asked: Any) -> None:
    browser.get("/count")
    assert [asked(browser, "/count?template=empty.html") for _ in range(3)] == [(1, 0), (0, 0), (0, 0)]


def test_a_page_that_prints_it_for_members_only_asks_for_them_only(
    new_browser: Callable[[], Browser], ada: User, asked: Any
) -> None:
    member, stranger = new_browser().log_in(ada), new_browser()
    member.get("/count")
    assert [asked(member, "/for-members"), asked(stranger, "/for-members")] == [(0, 1), (0, 0)]
    assert [asked(member, "/for-members"), asked(stranger, "/for-members")] == [(1, 0), (0, 0)]


def test_the_answer_to_a_post_says_nothing_about_the_page(browser: Browser, asked: Any) -> None:
    browser.get("/count")
    browser.send("post", "/count?template=empty.html")
    assert asked(browser, "/count") == (1, 0)


@pytest.mark.parametrize("page", PAGES)
def test_while_redis_is_down_nothing_is_asked_ahead(
    browser: Browser, own_server: Server, settings: Any, page: str
) -> None:
    settings.ACTIVE_USERS_RETRY_AFTER = 3600
    assert browser.get(f"/{page}").content.strip() == b"0"
    own_server.kill()
    assert browser.get(f"/{page}").content.strip() == b""
    asked: list[Any] = []
    during.append(lambda request: asked.append(request.active_users_visit.asked))  # type: ignore[attr-defined]
    assert browser.get(f"/{page}").content.strip() == b""
    assert asked == [None]


@pytest.mark.parametrize("page", PAGES)
def test_the_number_is_that_of_the_start_of_the_request(
    new_browser: Callable[[], Browser], ada: User, server: Server, page: str
) -> None:
    here, there = new_browser(), Browser(new_browser().client.__class__()).log_in(ada)
    here.get(f"/{page}")

    def come(request: HttpRequest) -> None:
        during.clear()
        there.get("/for-members")

    during.append(come)
    assert here.get(f"/{page}").content.strip() == b"0"
    assert here.get(f"/{page}").content.strip() == b"1"


def _log_in(request: HttpRequest, user: User) -> None:
    get_store().note("another", "")  # without our noticing
    login(request, user)


CHANGES: dict[str, Callable[[HttpRequest, User, User], object]] = {
    "note": lambda request, ada, bob: api.note(bob),
    "note with a request": lambda request, ada, bob: api.note(bob, request),
    "forget": lambda request, ada, bob: api.forget(ada),
    "clear": lambda request, ada, bob: api.clear(),
    "delete": lambda request, ada, bob: ada.delete(),
    "logout": lambda request, ada, bob: logout(request),
    "login": lambda request, ada, bob: _log_in(request, bob),
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("notes", [False, True])
def test_what_the_view_itself_changes_is_in_the_number(
    browser: Browser, ada: User, bob: User, settings: Any, page: str, change: str, notes: bool
) -> None:
    browser.log_in(ada).get(f"/{page}")
    if notes:
        settings.ACTIVE_USERS_TOUCH_INTERVAL = 0
    assert browser.get(f"/{page}").content.strip() == b"1"
    during.append(lambda request: CHANGES[change](request, ada, bob))
    expected = b"2" if change.startswith(("note", "login")) else b"0"
    assert browser.get(f"/{page}").content.strip() == expected


def test_the_number_of_another_tenant_is_not_taken_for_it(browser: Browser, ada: User, settings: Any) -> None:
    settings.CACHES = {"default": settings.CACHES["default"] | {"KEY_FUNCTION": f"{__name__}.make_key"}}
    with of("blue"):
        api.note(ada)
    with of("green"):
        assert [browser.get(f"/{page}").content.strip() for page in PAGES * 2] == [b"0"] * 4
        printing.append(partial(of, "blue"))
        assert [browser.get(f"/{page}").content.strip() for page in PAGES * 2] == [b"1"] * 4
    with of("blue"):
        api.clear()


def test_the_pages_that_are_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MAX_PAGES", 5)
    sizes = []
    for number in range(12):
        Client().generic(f"ODD{number}", "/count")
        sizes.append(len(counting.printing_pages))
    assert sizes == [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2]
