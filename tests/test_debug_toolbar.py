"""The debug toolbar's panel says of each request whether it was noted, and why not."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from active_users import api
from active_users.debug_toolbar import REASONS, UNSEEN
from active_users.middleware import ActiveUsersSessionMiddleware
from active_users.visits import counting, noting
from active_users.visits.visit import Reason

from . import urls
from .browsers import Browser
from .clocks import Clock
from .installing import installed
from .servers import Server

pytestmark = pytest.mark.django_db

MIDDLEWARE = list(django_settings.MIDDLEWARE)


def forget_me(request: HttpRequest) -> HttpResponse:
    api.forget(request.user)
    return HttpResponse("forgotten")


class Picky(ActiveUsersSessionMiddleware):
    def process_view(self, *arguments: Any) -> None:
        return None


class OddSession:
    """Of a kind that Django does not know."""

    session_key = "odd"


def odd_session(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def respond(request: HttpRequest) -> HttpResponse:
        request.session = OddSession()  # type: ignore[assignment]
        return get_response(request)

    return respond


def hide(request: HttpRequest) -> bool:
    return True


def fail(request: HttpRequest) -> bool:
    raise RuntimeError("the rule's own")


@pytest.fixture(scope="module", autouse=True)
def a_toolbar() -> Iterator[None]:
    functions = [(module, name, value) for module in (noting, counting) for name, value in vars(module).items()]
    with installed("debug_toolbar", DEBUG=True):
        from debug_toolbar.toolbar import debug_toolbar_urls  # imports a model, so its app has to be installed

        with override_settings(
            DEBUG=False,
            MIDDLEWARE=["debug_toolbar.middleware.DebugToolbarMiddleware", *MIDDLEWARE],
            ROOT_URLCONF=(*debug_toolbar_urls(), path("forget-me", forget_me), *urls.urlpatterns),
        ):
            yield
    for module, name, value in functions:
        setattr(module, name, value)


def _with_middleware(settings: Any, *middleware: str, instead: bool = False) -> None:
    ours = [] if instead else MIDDLEWARE[2:]
    settings.MIDDLEWARE = ["debug_toolbar.middleware.DebugToolbarMiddleware", *MIDDLEWARE[:2], *middleware, *ours]


def _panel(browser: Browser, url: str = "/plain") -> str:
    """What the panel says about a request."""
    request_id = browser.get(url).headers["djdt-request-id"]
    query = {"request_id": request_id, "panel_id": "ActiveUsersPanel"}
    content: str = browser.get("/__debug__/render_panel/", query_params=query).json()["content"]
    return html.unescape(content)


def _reason(browser: Browser, url: str = "/plain") -> str:
    (reason,) = re.findall("<strong>(.*)</strong>", _panel(browser, url))
    names: dict[str, str] = {str(text): name for name, text in REASONS.items()}
    return names.get(reason, "unseen" if reason == str(UNSEEN) else reason)


def test_every_reason_has_a_sentence() -> None:
    assert set(REASONS) == set(get_args(Reason))
    assert len({str(text) for text in REASONS.values()}) == len(REASONS)


def test_a_member_is_noted_and_a_moment_later_is_not_noted_again(browser: Browser, ada: User) -> None:
    browser.log_in(ada)
    assert [_reason(browser) for _ in range(3)] == ["noted", "a moment ago", "a moment ago"]


def test_a_member_who_was_noted_before_is_noted_after_the_view(browser: Browser, ada: User, clock: Clock) -> None:
    browser.log_in(ada).get("/plain")
    clock.put_forward(200)
    assert _reason(browser) == "noted"


def test_a_stranger_is_nobody(browser: Browser, settings: Any) -> None:
    assert _reason(browser) == "no session"
    browser.get("/session/fill")
    assert [_reason(browser) for _ in range(2)] == ["nobody", "nobody"]


@pytest.mark.parametrize("path", ["/exempt", "/aexempt", "/exempt-class", "/active-users-info/"])
def test_an_exempt_view(browser: Browser, ada: User, path: str) -> None:
    assert _reason(browser.log_in(ada), path) == "exempt view"


def test_an_excluded_path(browser: Browser, ada: User, settings: Any) -> None:
    settings.ACTIVE_USERS_EXCLUDE_URL_PATTERNS = ["^/pla"]
    assert _reason(browser.log_in(ada)) == "excluded path"


def test_people_who_are_hidden(browser: Browser, ada: User, settings: Any) -> None:
    settings.ACTIVE_USERS_IS_HIDDEN = f"{__name__}.hide"
    panel = _panel(browser.log_in(ada))
    assert str(REASONS["hidden"]) in panel
    assert "not within the window" in panel
    panel = _panel(browser)
    assert "found that they are hidden" in panel
    assert "not within the window" in panel


def test_a_login_is_noted_and_a_logout_is_not(browser: Browser, ada: User) -> None:
    assert _reason(browser, "/login/ada") == "noted"
    browser.get("/plain")
    browser.get("/session/flush")
    browser.log_in(ada)
    assert _reason(browser, "/logout") == "noted"  # it was, before it was forgotten
    assert "not within the window" in _panel(browser.log_in(ada), "/logout")


def test_a_person_who_is_forgotten_by_the_view(browser: Browser, ada: User, clock: Clock) -> None:
    clock.put_forward(200)  # since the test before, at whose end everybody was forgotten
    browser.log_in(ada).get("/plain")
    clock.put_forward(200)
    assert _reason(browser, "/forget-me") == "forgotten"


def test_a_rule_that_fails(browser: Browser, ada: User, settings: Any, log: Callable[[], list[str]]) -> None:
    settings.ACTIVE_USERS_IS_HIDDEN = f"{__name__}.fail"
    assert _reason(browser.log_in(ada)) == "failed"
    assert log() == ["ERROR"]


@pytest.mark.parametrize("middleware", [[], [f"{__name__}.Picky"]], ids=["missing", "picky"])
def test_a_request_that_our_middleware_did_not_see(
    browser: Browser, ada: User, settings: Any, middleware: list[str]
) -> None:
    _with_middleware(settings, *middleware, instead=True)
    assert _reason(browser.log_in(ada)) == "unseen"


def test_a_session_that_leaves_no_way_to_look(browser: Browser, ada: User, settings: Any, clock: Clock) -> None:
    _with_middleware(settings, f"{__name__}.odd_session")
    assert _reason(browser) == "unread"
    assert _reason(browser, "/token/ada") == "noted"
    clock.put_forward(200)
    assert _reason(browser) == "still counts"


def test_while_redis_is_down_it_says_since_when(browser: Browser, ada: User, bob: User, own_server: Server) -> None:
    browser.log_in(ada).get("/plain")
    own_server.kill()
    browser.get("/count")
    panel = _panel(browser.log_in(bob))
    assert str(REASONS["paused"]) in panel
    assert re.search(r"failing since</th>\s*<td>20\d\d-\d\d-\d\d ", panel)
    assert "Members online" not in panel


def test_it_shows_the_identity_the_numbers_and_the_cost(browser: Browser, ada: User, settings: Any) -> None:
    settings.ACTIVE_USERS_TRACK_GUESTS = True
    panel = _panel(browser.log_in(ada))
    cells = dict(re.findall(r"<th scope=\"row\">(.*?)</th>\s*<td>(.*?)</td>", panel))
    assert cells["Identity"] == f"<code>{ada.pk}</code>"
    assert cells["Last seen"].startswith("20")
    assert (cells["Members online"], cells["Guests online"]) == ("1", "0")
    assert 0 < float(cells["Time that deciding and noting took"].split()[0]) < 60_000
    assert (cells["Window"], cells["Touch interval"]) == ("3600 s", "180 s")


def test_looking_at_it_changes_nothing_for_the_page(browser: Browser, ada: User) -> None:
    browser.log_in(ada).get("/plain")
    assert counting.printing_pages == set()


def test_each_function_is_measured_once() -> None:
    assert not hasattr(noting.note.__wrapped__, "__wrapped__")  # type: ignore[attr-defined]
