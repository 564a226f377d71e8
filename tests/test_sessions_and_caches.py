"""Every session engine and Django's page caches work as they do without our middleware, and people count."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from active_users import api

from .browsers import Browser

pytestmark = pytest.mark.django_db

ENGINES = ["db", "cached_db", "cache", "file", "signed_cookies"]
MEMORY = "django.core.cache.backends.locmem.LocMemCache"


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, settings: Any, tmp_path: Any) -> str:
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{request.param}"
    settings.SESSION_FILE_PATH = str(tmp_path)
    settings.SESSION_CACHE_ALIAS = "memory"
    settings.CACHES = settings.CACHES | {"memory": {"BACKEND": MEMORY, "LOCATION": str(tmp_path)}}
    name: str = request.param
    return name


def test_people_count_and_the_session_is_left_unread(engine: str, browser: Browser, ada: User, no_memo: None) -> None:
    browser.get("/login/ada")
    for _ in range(2):
        response = browser.get("/plain")
        assert "Vary" not in response.headers
        assert not response.cookies
    assert api.get_active_users_count() == 1
    assert browser.get("/greet").content == b"hello ada"
    browser.get("/session/fill")
    assert browser.get("/session").content == b"apples"
    browser.get("/logout")
    assert api.get_active_users_count() == 0
    assert browser.get("/session").content == b"empty"


def test_a_session_that_is_saved_with_every_request_is_saved(
    engine: str, browser: Browser, ada: User, settings: Any, no_memo: None
) -> None:
    settings.SESSION_SAVE_EVERY_REQUEST = True
    browser.get("/login/ada")
    for _ in range(2):
        response = browser.get("/plain")
        assert response.cookies["sessionid"].value
        assert response.headers["Vary"] == "Cookie"
    assert browser.get("/greet").content == b"hello ada"
    assert api.get_active_users_count() == 1


@pytest.mark.parametrize("cookie", ["", "x", "x" * 32, "x" * 8000, "\\101", "a:b:c", "../../etc/passwd"])
def test_a_cookie_without_a_session_counts_nobody_and_gets_the_response_that_django_gives(
    engine: str, new_browser: Callable[[], Browser], cookie: str, settings: Any, no_memo: None
) -> None:
    """Every response is the same as Django's without our middleware."""
    ours, middleware = [], settings.MIDDLEWARE
    for settings.MIDDLEWARE in (middleware, middleware[:2]):
        browser = new_browser()
        browser.client.cookies["sessionid"] = cookie
        answers = [browser.get(path) for path in ("/plain", "/greet", "/session/fill", "/session")]
        ours.append([(answer.content, answer.headers, list(answer.cookies)) for answer in answers])
    assert ours[0] == ours[1]
    assert api.get_active_users_count() == 0


def test_a_session_whose_user_was_deleted_counts_nobody(
    engine: str, browser: Browser, ada: User, no_memo: None
) -> None:
    browser.get("/login/ada")
    ada.delete()
    response = browser.get("/plain")
    assert "Vary" not in response.headers
    assert api.get_active_users_count() == 0
    assert browser.get("/greet").content == b"hello "


def test_a_session_flushed_in_the_view_is_gone(engine: str, browser: Browser, ada: User, no_memo: None) -> None:
    browser.get("/login/ada")
    browser.get("/session/flush")
    assert browser.get("/greet").content == b"hello "


def test_a_password_that_was_changed_ends_the_session(browser: Browser, ada: User, no_memo: None) -> None:
    browser.get("/login/ada")
    ada.set_password("new")
    ada.save()
    api.clear()
    assert browser.get("/plain").content == b"plain"
    assert api.get_active_users_count() == 0
    assert browser.get("/greet").content == b"hello "


def test_a_person_who_takes_over_another_account_counts_as_that_account(
    browser: Browser, ada: User, bob: User, no_memo: None
) -> None:
    """Like django-hijack, which logs the helper in as the other user and later back."""
    browser.get("/login/ada")
    browser.get("/login/bob")
    browser.get("/plain")
    assert {user["username"] for user in api.get_active_users()} == {"ada", "bob"}
    api.clear()
    browser.get("/plain")
    assert [user["username"] for user in api.get_active_users()] == ["bob"]


@pytest.fixture
def page_cache(settings: Any, tmp_path: Any) -> None:
    settings.CACHES = settings.CACHES | {"pages": {"BACKEND": MEMORY, "LOCATION": str(tmp_path)}}
    settings.CACHE_MIDDLEWARE_ALIAS = "pages"


@pytest.fixture
def site_cache(page_cache: None, settings: Any) -> None:
    """The cache middleware where Django's documentation puts it: one first, the other last."""
    settings.MIDDLEWARE = [
        "django.middleware.cache.UpdateCacheMiddleware",
        *settings.MIDDLEWARE,
        "django.middleware.cache.FetchFromCacheMiddleware",
    ]


@pytest.mark.parametrize("path", ["/count", "/cached"])
def test_a_cached_page_counts_the_person_and_shows_the_count_from_when_it_was_cached(
    site_cache: None, new_browser: Callable[[], Browser], ada: User, path: str, no_memo: None
) -> None:
    assert new_browser().get(path).content.strip() == b"0"  # cached for an anonymous visitor
    cached = new_browser().log_in(ada).get(path)
    assert "Vary" not in cached.headers
    assert cached.content.strip() == b"0"
    assert api.get_active_users_count() == 1


def test_a_view_that_caches_itself_counts_the_person(
    page_cache: None, new_browser: Callable[[], Browser], ada: User, bob: User, no_memo: None
) -> None:
    assert new_browser().log_in(ada).get("/cached").content.strip() == b"1"
    response = new_browser().log_in(bob).get("/cached")
    assert response.content.strip() == b"1"
    assert "Vary" not in response.headers
    assert api.get_active_users_count() == 2


def test_a_page_for_one_person_is_not_served_to_another(
    site_cache: None, new_browser: Callable[[], Browser], ada: User, bob: User, no_memo: None
) -> None:
    """If we read the user first and did not undo it, the page would not vary by cookie and be served to others."""
    for user in (ada, bob):
        response = new_browser().log_in(user).get("/greet")
        assert response.headers["Vary"] == "Cookie"
        assert response.content.decode() == f"hello {user.username}"
    assert new_browser().get("/greet").content == b"hello "


def test_the_snippet_is_up_to_date_on_a_cached_page(
    site_cache: None, new_browser: Callable[[], Browser], ada: User
) -> None:
    stranger = new_browser()
    assert "<strong>0</strong>" in stranger.get("/active-users-live/").content.decode()
    new_browser().log_in(ada).get("/plain")
    assert "<strong>1</strong>" in stranger.get("/active-users-live/").content.decode()
