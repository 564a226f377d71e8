"""The column and the filter that the admin of a site's users gets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from active_users.admin import OnlineFilter, _online_of
from active_users.keys import AbstractActiveUserEntry, ActiveUserEntry
from active_users.paging import PAGE
from active_users.store.current import get_store

from .offices import ChoosyAdmin, client_of, office, staff, with_an_admin
from .servers import Server

pytestmark = pytest.mark.django_db

USERS = "/office/auth/user/"
SIGN = r'field-username">(?:<a[^>]*>)?(\w+)(?:</a>)?</th>.*?icon-(yes|no|unknown)\.svg'


@pytest.fixture(scope="module", autouse=True)
def an_admin(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), with_an_admin():
        yield


@pytest.fixture
def superuser(db: None) -> Client:
    return client_of(staff("chief", is_superuser=True))


class SessionEntry(AbstractActiveUserEntry):
    """Tells people apart by what a user alone does not say."""

    fields = ("user_id", "username", "session_id")

    @classmethod
    def create_from_request(cls, request: HttpRequest) -> Any:
        return ActiveUserEntry.create_from_request(request)


class NumberEntry(ActiveUserEntry):
    """Its ``user_id`` is not the primary key."""

    @classmethod
    def create_from_request(cls, request: HttpRequest) -> Any:
        entry = super().create_from_request(request)
        entry.user_id = f"{request.user.pk}000"
        return entry

    @classmethod
    def identity_of(cls, user: Any) -> str:
        return f"{user.pk}000"


def _signs(client: Client, query: str = "") -> dict[str, str]:
    """What the column shows, by username."""
    response = client.get(USERS + query)
    assert response.status_code == 200
    return dict(re.findall(SIGN, response.content.decode(), re.DOTALL))


def test_the_column_says_who_is_online(superuser: Client, ada: User, bob: User) -> None:
    client_of(ada).get("/plain")
    assert _signs(superuser) == {"chief": "yes", "bob": "no", "ada": "yes"}


def test_the_filter_lists_those_who_are_or_are_not(superuser: Client, ada: User, bob: User) -> None:
    client_of(ada).get("/plain")
    assert _signs(superuser, "?online=yes") == {"chief": "yes", "ada": "yes"}
    assert _signs(superuser, "?online=no") == {"bob": "no"}
    assert len(_signs(superuser, "?online=perhaps")) == 3


def test_the_filter_counts(superuser: Client, bob: User) -> None:
    page = superuser.get(f"{USERS}?_facets=True").content.decode()
    assert "Yes (1)" in page
    assert "No (1)" in page


@pytest.mark.parametrize("query", ["", "?online=yes", "?online=no"])
def test_a_page_takes_one_round_trip(superuser: Client, ada: User, bob: User, server: Server, query: str) -> None:
    superuser.get(USERS)  # which notes the superuser
    before = server.script_calls()
    superuser.get(USERS + query)
    assert server.script_calls() - before == 1


def test_a_page_takes_as_many_queries_as_without_the_column(superuser: Client, ada: User) -> None:
    superuser.get(USERS)
    with CaptureQueriesContext(connection) as ours:
        superuser.get(USERS)
    with CaptureQueriesContext(connection) as without:
        superuser.get("/ordinary/auth/user/")
    assert len(ours) == len(without)


def test_more_people_than_one_answer_holds_are_all_found(superuser: Client, ada: User) -> None:
    store = get_store()
    client_of(ada).get("/plain")
    for number in range(PAGE + 1):
        entry = ActiveUserEntry()
        entry.user_id = str(100_000 + number)
        store.note(entry.user_id, entry.dump())
    assert _signs(superuser, "?online=yes") == {"chief": "yes", "ada": "yes"}


def test_while_redis_is_down_nobody_is_said_to_be_offline(superuser: Client, ada: User, own_server: Server) -> None:
    own_server.kill()
    assert _signs(superuser) == {"chief": "unknown", "ada": "unknown"}
    for query in ("?online=yes", "?online=no"):
        page = superuser.get(USERS + query).content.decode()
        assert "It is not known right now who is online" in page
        assert "ada" not in page
    page = superuser.get(f"{USERS}?_facets=True").content.decode()
    assert "Yes (-)" in page
    assert "No (-)" in page


def test_an_action_on_all_who_are_offline_does_nothing_while_that_is_unknown(
    superuser: Client, ada: User, own_server: Server
) -> None:
    own_server.kill()
    action = {"action": "delete_selected", "select_across": "1", "_selected_action": [str(ada.pk)], "post": "yes"}
    superuser.post(f"{USERS}?online=no", action)
    assert User.objects.count() == 2


@pytest.mark.parametrize(
    ("entry", "column"), [("SessionEntry", "unknown"), ("NumberEntry", "yes")], ids=["no identity", "another number"]
)
def test_what_a_sites_own_entries_do_not_say_is_unknown(
    superuser: Client, settings: Any, log: Callable[[], list[str]], entry: str, column: str
) -> None:
    settings.ACTIVE_USERS_KEY_CLASS = f"{__name__}.{entry}"
    for _ in range(2):
        assert _signs(superuser) == {"chief": column}
        assert _signs(superuser, "?online=yes") == {}
    assert set(log()) == {"ERROR"}


def test_a_page_of_users_shows_them_in_the_order_of_the_page(superuser: Client) -> None:
    users = [User.objects.create_user(f"user{number}") for number in range(7)]
    client_of(users[5]).get("/plain")
    assert _signs(superuser, "?o=-1&p=1") == {"user6": "no", "user5": "yes", "user4": "no"}


def test_a_site_says_where_the_column_stands_and_keeps_its_filters(superuser: Client) -> None:
    request = superuser.get(USERS).wsgi_request
    choosy = ChoosyAdmin(User, office)
    assert choosy.get_list_display(request) == ("active_users_online", "username")
    assert choosy.get_list_filter(request) == ["is_staff", OnlineFilter]


def test_of_another_model_nobody_is_known(rf: RequestFactory, ada: User, log: Callable[[], list[str]]) -> None:
    client_of(ada).get("/plain")
    request = rf.get("/")
    assert _online_of(request, User) == {ada.pk}
    del request.active_users_online  # type: ignore[attr-defined]
    assert _online_of(request, Group) is None
    assert log() == ["ERROR"]
