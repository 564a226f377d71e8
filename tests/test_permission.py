"""Whether somebody holds our permission is remembered for a minute, as long as they stay logged in."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest
from django.contrib.auth import logout
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import include, path

from active_users.access import list_visible, visible_fields
from active_users.keys import ActiveUserEntry
from active_users.store import memo

from .browsers import Browser
from .clocks import Clock

pytestmark = pytest.mark.django_db

NewBrowser = Callable[[], Browser]

EVERYTHING = b"user_id session_id ip username"
NAMES = b"user_id username"


def fields(request: HttpRequest) -> HttpResponse:
    return HttpResponse(" ".join(visible_fields(request)))


async def afields(request: HttpRequest) -> HttpResponse:
    request.user = await request.auser()
    return fields(request)


def page_with_permissions(request: HttpRequest) -> HttpResponse:
    """A page that has asked for a permission itself."""
    request.user.has_perm("auth.add_user")
    return fields(request)


def nobody(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(len(list_visible(request, limit=0).users)))


def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponse("bye")


urlpatterns = [
    path("fields", fields),
    path("afields", afields),
    path("permissions", page_with_permissions),
    path("nobody", nobody),
    path("logout", log_out),
    path("", include("active_users.urls")),
]


tenant: ContextVar[str] = ContextVar("tenant", default="a tenant")


def make_key(key: str, key_prefix: str, version: int) -> str:
    if not tenant.get():
        raise LookupError("no tenant")
    return f"{tenant.get()}:{key}"


class NamesEntry(ActiveUserEntry):
    fields = ("user_id", "username")


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__


def _grant(user: User) -> User:
    user.user_permissions.add(Permission.objects.get(codename="view_activeuser"))
    return user


def _permission_queries(browser: Browser, path: str) -> int:
    """How often a request asks the database for permissions."""
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(path).status_code in (200, 204)
    return sum("auth_permission" in query["sql"] for query in queries)


@pytest.mark.parametrize("path", ["/fields", "/active-users-info/"])
@pytest.mark.parametrize("rule", ["members_see_names", "everyone_sees_names", "staff_only"])
def test_a_member_is_asked_about_once(browser: Browser, ada: User, settings: Any, path: str, rule: str) -> None:
    settings.ACTIVE_USERS_VISIBLE_FIELDS = f"active_users.access.{rule}"
    browser.log_in(ada)
    assert [_permission_queries(browser, path) for _ in range(4)] == [2, 0, 0, 0]


@pytest.mark.parametrize("page", ["fields", "afields"])
def test_a_holder_sees_everything_each_time(browser: Browser, ada: User, page: str) -> None:
    browser.log_in(_grant(ada)).get("/fields")
    assert [browser.get(f"/{page}").content for _ in range(3)] == [EVERYTHING] * 3


def test_an_async_view_which_cannot_ask_shows_names_and_that_is_not_remembered(browser: Browser, ada: User) -> None:
    browser.log_in(_grant(ada))
    assert [browser.get(f"/{page}").content for page in ("afields", "fields", "afields")] == [
        NAMES,
        EVERYTHING,
        EVERYTHING,
    ]


@pytest.mark.parametrize("through_group", [False, True])
def test_a_permission_that_is_withdrawn_lasts_for_at_most_a_minute(
    new_browser: NewBrowser, ada: User, clock: Clock, through_group: bool
) -> None:
    permission = Permission.objects.get(codename="view_activeuser")
    group = Group.objects.create(name="stewards")
    if through_group:
        ada.groups.add(group)
    holders = group.permissions if through_group else ada.user_permissions
    holders.add(permission)
    browser, elsewhere = new_browser().log_in(ada), new_browser().log_in(ada)
    assert browser.get("/fields").content == EVERYTHING
    holders.remove(permission)
    clock.put_forward(59)
    assert browser.get("/fields").content == EVERYTHING
    assert elsewhere.get("/fields").content == NAMES
    clock.put_forward(1)
    assert browser.get("/fields").content == NAMES
    holders.add(permission)
    clock.put_forward(60)
    assert browser.get("/fields").content == EVERYTHING


@pytest.mark.parametrize("meanwhile", [None, "bob"])
def test_a_logout_ends_it(browser: Browser, ada: User, bob: User, meanwhile: str | None) -> None:
    browser.log_in(_grant(ada))
    assert browser.get("/fields").content == EVERYTHING
    ada.user_permissions.clear()
    browser.get("/logout")
    if meanwhile:
        assert browser.log_in(bob).get("/fields").content == NAMES
    assert browser.log_in(ada).get("/fields").content == NAMES


def test_a_session_that_ended_in_another_process_shows_nothing(browser: Browser, ada: User) -> None:
    assert browser.log_in(_grant(ada)).get("/fields").content == EVERYTHING
    Session.objects.all().delete()
    assert browser.get("/fields").content == b""


def test_two_people_do_not_share_it(new_browser: NewBrowser, ada: User, bob: User) -> None:
    holder, member = new_browser().log_in(_grant(ada)), new_browser().log_in(bob)
    assert [one.get("/fields").content for one in (holder, member) * 2] == [EVERYTHING, NAMES] * 2


def _fields_for(user: User, session_key: str | None) -> bytes:
    """What a page shows to ``user``, whose permissions are not known yet."""
    request = RequestFactory().get("/")
    request.session = SessionStore(session_key)
    request.user = User.objects.get(pk=user.pk)
    return fields(request).content


def test_two_people_in_one_session_do_not_share_it(ada: User, bob: User) -> None:
    """As where an administrator looks at the site as somebody else."""
    _grant(ada)
    assert [_fields_for(user, "the session") for user in (ada, bob) * 2] == [EVERYTHING, NAMES] * 2


@pytest.mark.parametrize("current", ["another tenant", ""])
def test_two_tenants_do_not_share_it(ada: User, settings: Any, log: Callable[[], list[str]], current: str) -> None:
    """They may have a database each, with a person and a session of the same key."""
    settings.CACHES = {"default": settings.CACHES["default"] | {"KEY_FUNCTION": f"{__name__}.make_key"}}
    tenant.set("a tenant")
    assert _fields_for(_grant(ada), "the session") == EVERYTHING
    ada.user_permissions.clear()
    assert _fields_for(ada, "the session") == EVERYTHING
    tenant.set(current)
    assert _fields_for(ada, "the session") == NAMES
    assert _fields_for(_grant(ada), "the session") == (NAMES if current else EVERYTHING)


@pytest.mark.parametrize("session_key", [None, ""])
def test_without_a_session_nothing_is_remembered(ada: User, session_key: str | None) -> None:
    for _ in range(2):
        assert _fields_for(_grant(ada), session_key) == EVERYTHING
        ada.user_permissions.clear()
        assert _fields_for(ada, session_key) == NAMES


@pytest.mark.parametrize("otherwise", [EVERYTHING, NAMES])
def test_superusers_and_inactive_people_are_looked_at_each_time(
    browser: Browser, ada: User, settings: Any, otherwise: bytes
) -> None:
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.AllowAllUsersModelBackend"]
    browser.log_in(_grant(ada) if otherwise == EVERYTHING else ada)
    for is_active, is_superuser, expected in [
        (True, True, EVERYTHING),
        (True, False, otherwise),
        (False, False, NAMES),
        (True, True, EVERYTHING),
        (False, True, NAMES),
        (True, False, otherwise),
    ]:
        User.objects.update(is_active=is_active, is_superuser=is_superuser)
        assert browser.get("/fields").content == expected


def test_what_django_knows_already_is_taken_from_there(browser: Browser, ada: User) -> None:
    browser.log_in(_grant(ada))
    assert browser.get("/permissions").content == EVERYTHING
    ada.user_permissions.clear()
    assert browser.get("/permissions").content == NAMES
    assert browser.get("/fields").content == NAMES


def test_a_has_perm_of_the_sites_own_is_asked_each_time(
    browser: Browser, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def has_perm(self: User, perm: str, obj: Any = None) -> bool:
        asked.append(perm)
        return len(asked) % 2 == 1

    monkeypatch.setattr(User, "has_perm", has_perm)
    browser.log_in(ada)
    assert [browser.get("/fields").content for _ in range(4)] == [EVERYTHING, NAMES] * 2


def test_nobody_is_asked_about_where_the_answer_changes_nothing(browser: Browser, ada: User, settings: Any) -> None:
    browser.log_in(ada)
    assert _permission_queries(browser, "/nobody") == 0
    settings.ACTIVE_USERS_KEY_CLASS = f"{__name__}.NamesEntry"
    assert _permission_queries(browser, "/fields") == 0


def test_the_memory_is_bounded(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memo, "MAX_ENTRIES", 10)
    keys = [f"session {number}" for number in range(25)]
    for key in keys:
        _fields_for(ada, key)
    _grant(ada)
    assert 5 <= sum(_fields_for(ada, key) == NAMES for key in reversed(keys)) <= 10
