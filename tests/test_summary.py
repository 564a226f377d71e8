"""The line at the foot of a forum: how many are online, and the record."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template, engines
from django.urls import include, path
from django.utils import timezone, translation

from active_users import api
from active_users.rendering.pieces import Content, Moment, Seen
from active_users.rendering.summary import Summary
from active_users.store.answers import Counts
from active_users.store.current import get_store

from .browsers import Browser
from .servers import Server

pytestmark = pytest.mark.django_db

PAGES = {
    "line": "{% active_users_summary %}",
    "number": "{% active_users_live_count %}",
    "twice": "{{ active_users_count }} {% active_users_live limit=3 %}" + 2 * "{% active_users_summary %}",
}


def page(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse(engines["django"].from_string("{% load active_users %}" + PAGES[name]).render({}, request))


urlpatterns = [path("", include("active_users.urls")), path("<name>", page)]


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    settings.TIME_ZONE = "Europe/London"


def text_of(markup: str) -> str:
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", markup)).split())


def line() -> str:
    return text_of(Template("{% load active_users %}{% active_users_summary %}").render(Context()))


def now() -> str:
    return line().partition(" Most ever")[0]


def note(*, users: int = 0, guests: int = 0) -> None:
    for number in range(users):
        get_store().note(f"user {number}", "payload").result()
    for number in range(guests):
        get_store().note(b"guest %d" % number, "").result()
    api.get_active_guests_count()  # several shards remember what is read


def set_record(key: Callable[[str], str], server: Server, *, users: int, guests: int, at: datetime) -> None:
    fields: dict[Any, Any] = {"users": users, "guests": guests, "at": int(at.timestamp() * 1000)}
    server.client.hset(key("record"), mapping=fields)


WINDOW = "in the last 60 minutes"


@pytest.mark.parametrize(
    ("users", "guests", "sentence"),
    [
        (0, 0, f"Nobody was online {WINDOW}."),
        (1, 0, f"1 member online {WINDOW}."),
        (5, 0, f"5 members online {WINDOW}."),
        (0, 1, f"1 guest online {WINDOW}."),
        (0, 3, f"3 guests online {WINDOW}."),
        (1, 1, f"2 people online: 1 member and 1 guest, {WINDOW}."),
        (5, 23, f"28 people online: 5 members and 23 guests, {WINDOW}."),
    ],
)
@pytest.mark.parametrize("shards", [1, 3])
def test_the_sentence_fits_who_is_there(settings: Any, users: int, guests: int, sentence: str, shards: int) -> None:
    settings.ACTIVE_USERS_TRACK_GUESTS = True
    settings.ACTIVE_USERS_SHARDS = shards
    note(users=users, guests=guests)
    assert now() == sentence
    assert ("Most ever online: " in line()) is (users + guests > 0)


def test_guests_who_are_not_tracked_are_not_mentioned(settings: Any) -> None:
    note(users=2)
    assert now() == f"2 members online {WINDOW}."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.5, "second"),
        (1, "second"),
        (1.5, "2 seconds"),
        (20, "20 seconds"),
        (60, "minute"),
        (90, "90 seconds"),
        (300, "5 minutes"),
    ],
)
def test_the_window_is_told_in_minutes_if_it_is_whole_ones(settings: Any, seconds: float, words: str) -> None:
    settings.ACTIVE_USERS_KEY_EXPIRE = seconds
    assert line() == f"Nobody was online in the last {words}."


RECORD_AT = datetime(2026, 11, 3, 19, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "zone", "moment"),
    [
        ("en", "UTC", "on Nov. 3, 2026 at 7:14 p.m."),
        ("en-gb", "Europe/Berlin", "on 3 Nov 2026 at 8:14 p.m."),
        ("de", "Asia/Tokyo", "am 4. November 2026 um 04:14 Uhr"),
    ],
)
def test_the_record_has_its_date_and_time_as_its_reader_writes_them(
    key: Callable[[str], str], server: Server, language: str, zone: str, moment: str
) -> None:
    set_record(key, server, users=14, guests=200, at=RECORD_AT)
    with translation.override(language), timezone.override(zone):
        assert line().partition(": ")[2] == f"214, {moment}"


def test_the_numbers_are_written_as_the_reader_writes_numbers(
    key: Callable[[str], str], server: Server, settings: Any
) -> None:
    settings.USE_THOUSAND_SEPARATOR = True
    set_record(key, server, users=14_000, guests=0, at=RECORD_AT)
    assert "Most ever online: 14,000, on" in line()


def test_times_are_local_where_the_site_has_no_time_zones(
    key: Callable[[str], str], server: Server, settings: Any
) -> None:
    set_record(key, server, users=14, guests=0, at=RECORD_AT)
    settings.USE_TZ, settings.TIME_ZONE = False, "America/Caracas"
    assert "14, on Nov. 3, 2026 at 3:14 p.m." in line()


def test_before_anybody_was_noted_there_is_no_record() -> None:
    assert line() == f"Nobody was online {WINDOW}."


@pytest.mark.parametrize("shards", [1, 3])
def test_after_the_record_was_forgotten_there_is_none_until_somebody_comes(settings: Any, shards: int) -> None:
    settings.ACTIVE_USERS_SHARDS = shards
    note(users=2)
    api.forget_record()
    if shards == 1:
        assert line() == f"2 members online {WINDOW}."
    get_store().note("another", "payload").result()
    assert "Most ever online: 3, on" in line()


def test_the_record_is_never_lower_than_the_number_beside_it(key: Callable[[str], str], server: Server) -> None:
    """It can be lower in Redis: after the window has been made longer, or guests have begun to count."""
    note(users=3)
    set_record(key, server, users=2, guests=0, at=RECORD_AT)
    assert line() == f"3 members online {WINDOW}. Most ever online: 3, right now"


def test_while_redis_is_down_the_line_says_that_it_is_not_known(own_server: Server) -> None:
    own_server.kill()
    assert line() == "It is not known right now how many people are online."


class Watcher:
    """Somebody whose page polls."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.shown: list[str] = []
        self.ticket = ""

    def open(self, name: str) -> str:
        return self._read(self.browser.get(f"/{name}"))

    def poll(self, *, shares: bool = False) -> str:
        """``shares``: what others have read a moment ago will do, as for all polls of a page but the first."""
        headers = {"Active-Users": self.ticket} if shares else {}
        response = self.browser.get("/active-users-live/", query_params={"shown": self.shown}, headers=headers)
        self.ticket = self.ticket if shares else response.headers["Active-Users"]
        return self._read(response)

    def _read(self, response: Any) -> str:
        text = response.content.decode()
        found = [html.unescape(value) for value in re.findall(r'name="shown" value="([^"]*)"', text)]
        self.shown = found or self.shown
        return text_of(text)


def test_the_line_refreshes_itself_when_a_number_or_the_record_changes(
    browser: Browser, key: Callable[[str], str], server: Server
) -> None:
    note(users=2)
    watcher = Watcher(browser)
    assert f"2 members online {WINDOW}. Most ever online: 2, on" in watcher.open("line")
    assert watcher.poll() == ""
    note(users=3)
    assert f"3 members online {WINDOW}. Most ever online: 3, on" in watcher.poll()
    assert watcher.poll() == ""
    set_record(key, server, users=7, guests=0, at=RECORD_AT)
    assert watcher.poll().endswith("Most ever online: 7, on Nov. 3, 2026 at 7:14 p.m.")


def test_several_shards_remember_what_the_polls_of_a_page_with_a_list_read(
    browser: Browser, ada: User, settings: Any
) -> None:
    settings.ACTIVE_USERS_SHARDS = 3
    watcher = Watcher(browser.log_in(ada))
    watcher.open("twice")
    for number in range(4):
        get_store().note(f"user {number}", "payload").result()
    assert "Most ever online: 5, on" in watcher.poll()


def test_what_a_page_without_the_line_has_read_is_not_taken_for_one_with_it(
    new_browser: Callable[[], Browser], settings: Any
) -> None:
    settings.ACTIVE_USERS_REFRESH_SECONDS = 3600  # viewers share what was read in the last tenth of it
    note(users=1)
    other, watcher = Watcher(new_browser()), Watcher(new_browser())
    for each, name in ((watcher, "line"), (other, "number")):
        each.open(name)
        each.poll()
    watcher.shown = ["summary::"]
    assert "Most ever online: 1, on" in watcher.poll(shares=True)


def test_the_line_agrees_with_the_other_pieces_of_its_page_at_first_and_in_each_poll(browser: Browser) -> None:
    note(users=2)
    watcher = Watcher(browser)
    first = watcher.open("twice")
    assert first.startswith("2 2 people are online")
    assert first.count("2 members online") == 2
    note(users=4)
    polled = watcher.poll()
    assert polled.count("4 people are online") == 1
    assert polled.count("4 members online") == 1
    assert polled.count("Most ever online: 4,") == 1


def test_readers_in_several_time_zones_get_each_their_own_update(key: Callable[[str], str], server: Server) -> None:
    set_record(key, server, users=7, guests=0, at=RECORD_AT)
    seen = Seen(Counts(1, 0), record=api.get_record())
    digests = set()
    for zone in ("Europe/Berlin", "Asia/Tokyo"):
        with timezone.override(zone):
            digests.add(Content(Summary(), Moment(None, lambda: seen)).shown)
    assert len(digests) == 2
