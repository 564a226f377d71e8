"""Most polls need neither session nor user nor permission, because they carry what was found out a moment ago."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.contrib.auth import logout
from django.contrib.auth.models import Permission, User
from django.core import signing
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import include, path

from active_users import api
from active_users.keys import ActiveUserEntry
from active_users.store.current import get_store
from active_users.tickets import SECONDS
from active_users.visits.polling import LOGOUT_TAKES

from .browsers import Browser
from .clocks import Clock
from .servers import Server

pytestmark = pytest.mark.django_db

POLL = "/active-users-live/"


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponse("bye")


urlpatterns = [path("plain", plain), path("logout", log_out), path("", include("active_users.urls"))]


class SecretEntry(ActiveUserEntry):
    """Holds something that the person must not see."""

    fields = (*ActiveUserEntry.fields, "suspicion")

    @classmethod
    def create_from_request(cls, request: HttpRequest) -> Any:
        entry: Any = super().create_from_request(request)
        entry.suspicion = "a bot?"
        return entry


def only_ada_sees_names(request: HttpRequest) -> list[str]:
    return ["username"] if request.user.get_username() == "ada" else []


class Reader:
    """An open page, which sends with each poll what live.js does."""

    def __init__(self, browser: Browser, *, is_present: bool = True) -> None:
        self.browser = browser
        self.is_present = is_present
        self.ticket = ""

    def poll(self, shown: str = "live:10:") -> str:
        headers = {"Active-Users": self.ticket} if self.ticket else {}
        if self.is_present:
            headers["Active-Users-Present"] = "true"
        response = self.browser.get(POLL, query_params={"shown": shown}, headers=headers)
        assert response.status_code in (200, 204)
        if response.headers["Active-Users"] != "live":
            self.ticket = response.headers["Active-Users"]
        text: str = response.content.decode()
        return text

    def queries(self) -> int:
        """How many queries a poll makes."""
        with CaptureQueriesContext(connection) as queries:
            self.poll()
        return len(queries)


@pytest.fixture(autouse=True)
def site(settings: Any, no_memo: None, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ROOT_URLCONF = __name__
    clock.put_forward(LOGOUT_TAKES)  # since the test before, at whose end everybody was forgotten
    ahead = [0.0]
    real, put_forward = time.time, clock.put_forward

    def put_both_forward(seconds: float) -> None:
        ahead[0] += seconds
        put_forward(seconds)

    monkeypatch.setattr(time, "time", lambda: real() + ahead[0])
    monkeypatch.setattr(clock, "put_forward", put_both_forward)


@pytest.fixture
def reader(browser: Browser, ada: User) -> Reader:
    return Reader(browser.log_in(ada))


@pytest.mark.parametrize("is_present", [True, False])
def test_eleven_of_twelve_polls_need_no_query(reader: Reader, clock: Clock, is_present: bool) -> None:
    reader.is_present = is_present
    queries = []
    for _ in range(24):
        queries.append(reader.queries())
        clock.put_forward(5)
    assert queries[0] == queries[12] > 0
    assert sum(queries) == 2 * queries[0]


def test_the_session_is_not_even_loaded(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    reader.poll()
    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", lambda self: pytest.fail("loaded"))
    assert "<bdi>ada</bdi>" in reader.poll()


def test_polls_that_need_no_session_keep_their_member_active(
    reader: Reader, ada: User, key: Any, server: Server
) -> None:
    reader.poll()
    server.client.zadd(key("users"), {str(ada.pk): 0})
    assert not api.is_active(ada)
    assert reader.queries() == 0
    assert api.is_active(ada)
    assert [person["username"] for person in api.get_active_users()] == ["ada"]
    reader.is_present = False
    server.client.zadd(key("users"), {str(ada.pk): 0})
    reader.poll()
    assert not api.is_active(ada)


@pytest.mark.parametrize("looks_before", [True, False])
def test_a_right_that_is_withdrawn_lasts_for_a_minute_at_most(
    reader: Reader, ada: User, clock: Clock, settings: Any, looks_before: bool
) -> None:
    settings.ACTIVE_USERS_VISIBLE_FIELDS = "active_users.access.staff_only"
    ada.user_permissions.add(Permission.objects.get(codename="view_activeuser"))
    if looks_before:
        assert reader.browser.get("/active-users-info/").json()["data"] == []
        clock.put_forward(SECONDS - 1)  # the permission is remembered for a second more
        ada.user_permissions.clear()
        assert "ada" not in reader.poll()
        return
    assert "ada" in reader.poll()
    ada.user_permissions.clear()
    clock.put_forward(SECONDS - 1)
    assert "ada" in reader.poll()
    clock.put_forward(1)
    assert "ada" not in reader.poll()


@pytest.mark.parametrize("next_user", ["", "bob"])
def test_a_logout_ends_it_at_once(
    reader: Reader, ada: User, bob: User, settings: Any, clock: Clock, next_user: str
) -> None:
    settings.ACTIVE_USERS_VISIBLE_FIELDS = f"{__name__}.only_ada_sees_names"
    assert "ada" in reader.poll()
    reader.browser.get("/logout")
    clock.put_forward(LOGOUT_TAKES)
    if next_user:
        reader.browser.log_in(bob)
    assert "ada" not in reader.poll()
    assert (api.is_active(ada), api.is_active(bob)) == (False, bool(next_user))


def test_somebody_elses_ticket_is_worth_nothing(new_browser: Any, ada: User, bob: User, settings: Any) -> None:
    settings.ACTIVE_USERS_VISIBLE_FIELDS = f"{__name__}.only_ada_sees_names"
    one, other, stranger = Reader(new_browser().log_in(ada)), Reader(new_browser().log_in(bob)), Reader(new_browser())
    one.poll()
    other.ticket = stranger.ticket = one.ticket
    assert "ada" in one.poll()
    assert "ada" not in other.poll()
    assert "ada" not in stranger.poll()
    assert other.ticket != one.ticket != stranger.ticket


@pytest.mark.parametrize("ticket", ["live", ":", "a:b", "x" * 100_000 + ":", "\u00fc:\u00e4", "e30:"])
def test_a_ticket_that_is_not_ours_is_as_good_as_none(reader: Reader, ticket: str) -> None:
    reader.ticket = ticket
    assert "<bdi>ada</bdi>" in reader.poll()
    assert reader.queries() == 0


def test_a_ticket_from_the_future_is_worth_nothing(reader: Reader, clock: Clock) -> None:
    reader.poll()
    clock.put_forward(-600)
    assert reader.queries() > 0


def test_who_logs_out_elsewhere_but_stays_here_is_found_again(new_browser: Any, ada: User, clock: Clock) -> None:
    here, elsewhere = Reader(new_browser().log_in(ada)), Reader(new_browser().log_in(ada))
    here.poll()
    elsewhere.browser.get("/logout")
    clock.put_forward(LOGOUT_TAKES + 1)
    assert here.queries() > 0


def test_who_was_forgotten_by_another_process_is_not_brought_back(reader: Reader, ada: User) -> None:
    reader.poll()
    get_store().forget(str(ada.pk)).result()  # without our memo
    reader.poll()
    assert not api.is_active(ada)


def test_a_ticket_holds_no_address_and_nothing_of_the_session(reader: Reader) -> None:
    reader.poll()
    text = signing.b64_decode(reader.ticket.partition(":")[0].lstrip(".").encode()).decode()
    assert "ada" in text
    assert "127.0.0.1" not in text
    (person,) = api.get_active_users()
    assert person["ip"] == "127.0.0.1"
    assert person["session_id"] not in text
    reader.poll()
    assert api.get_active_users() == [person]


def test_what_a_sites_own_entry_holds_does_not_travel(reader: Reader, settings: Any) -> None:
    settings.ACTIVE_USERS_KEY_CLASS = f"{__name__}.SecretEntry"
    reader.poll()
    assert reader.queries() > 0
    reader.is_present = False
    assert reader.queries() == 0


def test_viewers_of_one_kind_share_what_was_read_a_moment_ago(
    new_browser: Any, ada: User, bob: User, server: Server, clock: Clock, settings: Any
) -> None:
    settings.ACTIVE_USERS_REFRESH_SECONDS = 500
    readers = [Reader(new_browser().log_in(user), is_present=False) for user in (ada, bob)]
    strangers = [Reader(new_browser(), is_present=False) for _ in range(2)]
    new_browser().log_in(ada).get("/plain")
    for one in (*readers, *strangers):
        one.poll()
    clock.put_forward(50)
    before = server.script_calls()
    assert ["ada" in one.poll() for one in (*readers, *strangers) * 3] == [True, True, False, False] * 3
    assert server.script_calls() - before == 2
    clock.put_forward(50)
    readers[0].poll()
    assert server.script_calls() - before == 3


def test_a_first_poll_shares_nothing(new_browser: Any, ada: User, bob: User) -> None:
    Reader(new_browser().log_in(ada)).poll()
    assert "bob" in Reader(new_browser().log_in(bob)).poll()


def test_while_redis_is_down_polls_say_so(reader: Reader, own_server: Server, clock: Clock) -> None:
    assert "ada" in reader.poll()
    own_server.kill()
    clock.put_forward(1)
    assert "It is not known right now who is online" in reader.poll()
