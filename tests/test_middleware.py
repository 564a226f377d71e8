from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.deprecation import MiddlewareMixin

from active_users import api
from active_users.middleware import ActiveUsersSessionMiddleware

from .browsers import Browser
from .clocks import Clock
from .servers import Server
from .waiting import wait_until

pytestmark = pytest.mark.django_db


def test_a_user_with_two_browsers_counts_once(new_browser: Callable[[], Browser], ada: User) -> None:
    for _ in range(2):
        new_browser().log_in(ada).get("/plain")
    assert api.get_active_users_count() == 1


def test_two_users_count_twice(new_browser: Callable[[], Browser], ada: User, bob: User) -> None:
    for user in (ada, bob):
        new_browser().log_in(user).get("/plain")
    assert api.get_active_users_count() == 2
    assert [user["username"] for user in api.get_active_users()] == ["bob", "ada"]


def test_after_the_window_they_are_gone(browser: Browser, ada: User, server: Server, key: Callable[[str], str]) -> None:
    browser.log_in(ada).get("/plain")
    assert api.get_active_users_count() == 1
    server.client.zincrby(key("users"), -3_600_000, str(ada.pk))  # as if the window had passed
    assert api.get_active_users_count() == 0
    assert api.get_active_users() == []


def test_the_first_page_a_person_opens_counts_them(browser: Browser, ada: User) -> None:
    assert browser.log_in(ada).get("/count").content.strip() == b"1"


@pytest.mark.parametrize("path", ["/login/ada", "/alogin/ada"])
def test_a_login_counts_at_once(browser: Browser, ada: User, path: str) -> None:
    browser.get(path)
    assert api.get_active_users_count() == 1


@pytest.mark.parametrize("path", ["/login/ada", "/alogin/ada"])
def test_a_login_counts_for_a_visitor_who_had_a_session(browser: Browser, ada: User, path: str) -> None:
    browser.get("/session/fill")
    browser.get("/plain")
    browser.get(path)
    assert api.get_active_users_count() == 1


@pytest.mark.parametrize("path", ["/logout", "/alogout"])
def test_a_logout_counts_at_once(browser: Browser, ada: User, path: str) -> None:
    browser.log_in(ada).get("/plain")
    browser.get(path)
    assert api.get_active_users_count() == 0


def test_the_page_that_a_logout_shows_no_longer_counts_them(browser: Browser, ada: User, no_memo: None) -> None:
    assert browser.log_in(ada).get("/logout").content.strip() == b"0"


def test_a_logout_by_an_anonymous_visitor_does_nothing(browser: Browser, log: Callable[[], list[str]]) -> None:
    assert browser.get("/logout").content.strip() == b"0"
    assert log() == []


def log_out_first(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """A site's middleware that logs people out, for example because their session is too old."""

    def middleware(request: HttpRequest) -> Any:
        if request.path == "/plain":
            logout(request)
        return get_response(request)

    return middleware


def test_a_logout_in_a_middleware_that_comes_before_ours_counts_too(
    browser: Browser, ada: User, settings: Any, log: Callable[[], list[str]]
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[:2], "tests.test_middleware.log_out_first", settings.MIDDLEWARE[2]]
    browser.log_in(ada).get("/greet")
    assert api.get_active_users_count() == 1
    browser.get("/plain")
    assert api.get_active_users_count() == 0
    assert log() == []


def test_after_a_logout_another_browser_counts_again_at_its_next_request(
    new_browser: Callable[[], Browser], ada: User
) -> None:
    first, second = new_browser().log_in(ada), new_browser().log_in(ada)
    first.get("/plain")
    second.get("/plain")
    first.get("/logout")
    assert api.get_active_users_count() == 0
    second.get("/plain")
    assert api.get_active_users_count() == 1


def test_a_person_who_logs_in_again_after_a_logout_counts_again(browser: Browser, ada: User) -> None:
    browser.get("/login/ada")
    browser.get("/logout")
    browser.get("/login/ada")
    assert api.get_active_users_count() == 1


def test_a_caller_identified_by_a_token_counts(browser: Browser, ada: User, server: Server) -> None:
    before = server.script_calls()
    for _ in range(50):
        browser.get("/token/ada")
    assert server.script_calls() - before == 1
    assert api.get_active_users_count() == 1


def test_a_cookie_cannot_keep_a_caller_identified_by_a_token_from_counting(
    new_browser: Callable[[], Browser], ada: User
) -> None:
    forger = new_browser()
    forger.client.cookies["sessionid"] = str(ada.pk)
    forger.get("/plain")
    new_browser().get("/token/ada")
    assert api.get_active_users_count() == 1


def test_a_page_that_does_not_exist_counts_too(browser: Browser, ada: User) -> None:
    assert browser.log_in(ada).get("/nowhere").status_code == 404
    assert api.get_active_users_count() == 1


def test_a_view_that_fails_counts_too(browser: Browser, ada: User) -> None:
    browser.client.raise_request_exception = False
    assert browser.log_in(ada).get("/fail").status_code == 500
    assert api.get_active_users_count() == 1


@pytest.mark.parametrize("path", ["/exempt", "/aexempt", "/exempt-class", "/active-users-live/", "/active-users-info/"])
def test_an_exempt_view_does_not_count_as_activity(browser: Browser, ada: User, path: str) -> None:
    assert browser.log_in(ada).get(path).status_code == 200
    assert api.get_active_users_count() == 0


class Maintenance(MiddlewareMixin):
    """Answers in the place of every view."""

    def process_view(self, request: HttpRequest, *args: Any) -> HttpResponse:
        return HttpResponse("maintenance", status=503)


@pytest.mark.parametrize(("path", "count"), [("/exempt", 0), ("/plain", 1)])
def test_an_exempt_view_is_exempt_also_if_other_middleware_answers_for_it(
    browser: Browser, ada: User, settings: Any, path: str, count: int
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[:2], f"{__name__}.Maintenance", *settings.MIDDLEWARE[2:]]
    assert browser.log_in(ada).get(path).content == b"maintenance"
    assert api.get_active_users_count() == count


def test_an_excluded_pattern_is_searched_in_the_path(browser: Browser, ada: User, settings: Any) -> None:
    settings.ACTIVE_USERS_EXCLUDE_URL_PATTERNS = ["ain$", "^/nowhere"]
    browser.log_in(ada)
    browser.get("/plain")
    browser.get("/nowhere")
    assert api.get_active_users_count() == 0
    browser.get("/greet")
    assert api.get_active_users_count() == 1


@pytest.mark.parametrize("header", ["Sec-Purpose", "Purpose"])
@pytest.mark.parametrize("value", ["prefetch", "prefetch;prerender"])
def test_a_prefetch_counts_because_no_other_request_may_come(
    browser: Browser, ada: User, header: str, value: str
) -> None:
    browser.log_in(ada).get("/plain", headers={header: value})
    assert api.get_active_users_count() == 1


def test_fifty_requests_in_a_row_are_one_script_call_and_no_query(browser: Browser, ada: User, server: Server) -> None:
    browser.log_in(ada)
    before = server.script_calls()
    browser.get("/plain")
    with CaptureQueriesContext(connection) as queries:
        for _ in range(49):
            browser.get("/plain")
    assert server.script_calls() - before == 1
    assert len(queries) == 0


def test_after_the_touch_interval_there_is_another_call(
    browser: Browser, ada: User, server: Server, settings: Any, clock: Clock
) -> None:
    settings.ACTIVE_USERS_TOUCH_INTERVAL = 100
    browser.log_in(ada)
    before = server.script_calls()
    browser.get("/plain")
    clock.put_forward(39)
    browser.get("/plain")
    wait_until(lambda: server.script_calls() - before == 1)
    clock.put_forward(61)
    browser.get("/plain")
    wait_until(lambda: server.script_calls() - before == 2)


@pytest.mark.parametrize("path", ["/greet", "/agreet", "/session"])
def test_noting_adds_no_query_to_a_page_that_loads_the_user_or_the_session(
    new_browser: Callable[[], Browser], ada: User, settings: Any, path: str
) -> None:
    with_it, without_it = new_browser().log_in(ada), new_browser().log_in(ada)
    with CaptureQueriesContext(connection) as queries:
        with_it.get(path)
    assert api.get_active_users_count() == 1
    settings.MIDDLEWARE = settings.MIDDLEWARE[:2]
    with CaptureQueriesContext(connection) as queries_without_it:
        without_it.get(path)
    # The session's page does not need the user, so we have to ask. What auser() keeps is not ours to fill.
    asked_for_the_user = path in ("/session", "/agreet")
    assert len(queries) - len(queries_without_it) == asked_for_the_user


def test_a_page_for_an_anonymous_visitor_costs_nothing_and_does_not_vary(browser: Browser, server: Server) -> None:
    before = server.script_calls()
    with CaptureQueriesContext(connection) as queries:
        response = browser.get("/plain")
    assert "Vary" not in response.headers
    assert server.script_calls() == before
    assert len(queries) == 0


def test_a_page_that_notes_does_not_vary_either(browser: Browser, ada: User, no_memo: None) -> None:
    response = browser.log_in(ada).get("/plain")
    assert api.get_active_users_count() == 1
    assert "Vary" not in response.headers
    assert not response.cookies


@pytest.mark.parametrize("path", ["/greet", "/agreet", "/session"])
def test_a_page_that_uses_the_user_or_the_session_still_varies_by_cookie(
    browser: Browser, ada: User, no_memo: None, path: str
) -> None:
    assert browser.log_in(ada).get(path).headers["Vary"] == "Cookie"


def test_the_session_of_an_anonymous_visitor_is_left_unread(browser: Browser, no_memo: None) -> None:
    browser.get("/session/fill")
    assert "Vary" not in browser.get("/plain").headers
    assert browser.get("/session").content == b"apples"


def test_we_do_not_delete_the_cookie_of_a_session_that_no_longer_exists(browser: Browser, ada: User) -> None:
    browser.log_in(ada)
    Session.objects.all().delete()
    response = browser.get("/plain")
    assert "Vary" not in response.headers
    assert not response.cookies
    assert api.get_active_users_count() == 0
    response = browser.get("/greet")  # now the site asks, and Django deletes the cookie
    assert response.headers["Vary"] == "Cookie"
    assert response.cookies["sessionid"]["max-age"] == 0


def test_a_session_is_moved_to_a_new_key_when_the_page_asks_for_the_user(
    browser: Browser, ada: User, settings: Any
) -> None:
    browser.log_in(ada)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a newer one"
    assert not browser.get("/plain").cookies
    assert api.get_active_users_count() == 1
    response = browser.get("/greet")
    assert response.content == b"hello ada"
    assert response.cookies["sessionid"].value


def test_a_bug_in_a_custom_entry_class_is_logged_and_fails_no_page(
    browser: Browser, ada: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ACTIVE_USERS_KEY_CLASS = "tests.entries.BrokenEntry"
    browser.log_in(ada)
    for _ in range(5):
        assert browser.get("/greet").content == b"hello ada"
    assert caplog.text.count("Cannot find out who made requests, the first for /greet, so they are not noted") == 1
    assert "ZeroDivisionError" in caplog.text


def test_a_database_that_fails_does_not_fail_a_page_without_queries(
    browser: Browser, ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    browser.log_in(ada)
    with connection.execute_wrapper(_fail):
        assert browser.get("/plain").content == b"plain"
    assert "Cannot find out who made requests, the first for /plain, so" in caplog.text


def _fail(*args: Any) -> Any:
    raise RuntimeError("the database is gone")


def test_if_redis_is_killed_every_page_is_served_and_one_warning_logged(
    browser: Browser, ada: User, own_server: Server, settings: Any, log: Callable[[], list[str]], no_memo: None
) -> None:
    settings.ACTIVE_USERS_RETRY_AFTER = 0.2
    browser.log_in(ada).get("/plain")
    own_server.kill()
    for _ in range(20):
        assert browser.get("/count").content.strip() == b""
    wait_until(lambda: log() == ["WARNING"])
    own_server.start()
    wait_until(lambda: browser.get("/count").content.strip() == b"1")
    wait_until(lambda: log() == ["WARNING", "INFO"])


def test_if_redis_hangs_one_page_per_retry_after_is_slow(
    browser: Browser, ada: User, own_server: Server, settings: Any, log: Callable[[], list[str]], no_memo: None
) -> None:
    settings.ACTIVE_USERS_REDIS_TIMEOUT = timeout = 3  # longer than a page takes even on a busy machine
    settings.ACTIVE_USERS_RETRY_AFTER = 3600
    browser.log_in(ada).get("/plain")
    own_server.signal(signal.SIGSTOP)
    slow = 0
    for _ in range(50):
        start = time.monotonic()
        assert browser.get("/count").content.strip() == b""
        slow += time.monotonic() - start >= timeout / 2
    assert slow == 1
    assert log() == ["WARNING"]
    own_server.signal(signal.SIGCONT)


def test_djangos_own_redis_cache_works_too(browser: Browser, ada: User, server: Server, settings: Any) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
        "people": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": server.url},
    }
    settings.ACTIVE_USERS_CACHE_ALIAS = "people"
    browser.log_in(ada).get("/plain")
    assert api.get_active_users_count() == 1


def test_a_cache_that_is_not_redis_fails_no_page(
    browser: Browser, ada: User, settings: Any, log: Callable[[], list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    assert browser.log_in(ada).get("/count").content.strip() == b""
    wait_until(lambda: "'default' is not a Redis cache but LocMemCache" in caplog.text)
    assert log() == ["INFO"]


def test_without_the_session_middleware_only_callers_identified_by_a_token_count(
    ada: User, settings: Any, log: Callable[[], list[str]]
) -> None:
    settings.MIDDLEWARE = settings.MIDDLEWARE[-1:]
    client = Client()
    client.cookies["sessionid"] = "x" * 32
    client.get("/plain")
    assert api.get_active_users_count() == 0
    client.get("/token/ada")
    assert api.get_active_users_count() == 1
    assert log() == []


class SitesOwn(ActiveUsersSessionMiddleware):
    """Sees each view before our method does."""

    seen: ClassVar[list[str]] = []

    def process_view(self, request: Any, view: Any, *arguments: Any) -> Any:
        self.seen.append(view.__name__)
        return super().process_view(request, view, *arguments)


def test_a_subclass_may_look_at_the_view_first(ada: User, settings: Any) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[:-1], "tests.test_middleware.SitesOwn"]
    SitesOwn.seen.clear()
    Browser(Client()).log_in(ada).get("/plain")
    assert SitesOwn.seen == ["plain"]
    assert api.get_active_users_count() == 1
