"""The chart of the history: its curves, axes and table against numbers that the test has noted."""

from __future__ import annotations

import html
import re
import struct
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.utils import timezone, translation

from active_users.rendering import chart
from active_users.store.current import get_store
from active_users.store.past import MINUTES_KEPT, Tally
from active_users.store.sharded import ActiveUserStore

from .clocks import MakeStore, ServerClock
from .servers import Server

SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000
BERLIN = "Europe/Berlin"
# Eight in the evening in Berlin.
EVENING = int(datetime(2026, 11, 3, 20, tzinfo=ZoneInfo(BERLIN)).timestamp() * 1000)


@pytest.fixture
def store(
    make_store: MakeStore, server_clock: ServerClock, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> ActiveUserStore:
    settings.ACTIVE_USERS_KEY_EXPIRE = 20
    settings.TIME_ZONE = BERLIN
    server_clock.set(EVENING)
    store = make_store(20, has_guests=True)
    monkeypatch.setattr(chart, "get_store", lambda: store)
    return store


def note(store: ActiveUserStore, *, users: int = 0, guests: int = 0) -> None:
    for number in range(users):
        store.note(f"user {number}", "payload").result()
    for number in range(guests):
        store.note(b"guest %d" % number).result()


def draw(hours: object = 24) -> str:
    return Template("{% load active_users %}{% active_users_chart hours=hours %}").render(Context({"hours": hours}))


def keep(server: Server, store: ActiveUserStore, minutes: list[Tally]) -> None:
    """Put a history into Redis, as the scripts write it."""
    ring = bytearray(MINUTES_KEPT * 12)
    for milliseconds, users, guests in minutes:
        minute = milliseconds // MINUTE
        struct.pack_into(">III", ring, minute % MINUTES_KEPT * 12, minute, users, guests)
    server.client.set(f"{store.shard(0).tag}:history", bytes(ring))


def curve(markup: str, name: str) -> dict[int, int]:
    """The number of each interval, counted from the beginning. A gap has none."""
    (found,) = re.findall(rf'class="active-users-chart-{name}"[^>]* d="([^"]*)"', markup)
    height = int(re.findall(r'viewBox="0 0 \d+ (\d+)"', markup)[0])
    numbers: dict[int, int] = {}
    x = y = 0
    for command, argument in re.findall(r"([MVh])([\d ]+)", found):
        if command == "M":
            assert not numbers or y == height  # so that the area of what was before ends at the bottom
            x, y = map(int, argument.split())
            assert y == height
        elif command == "V":
            y = int(argument)
        else:
            assert argument == "1"
            numbers[x] = height - y
            x += 1
    assert y == height
    return numbers


def table(markup: str) -> list[list[str]]:
    """The cells of each row, without their head."""
    rows = re.findall(r"<tr>(.*?)</tr>", markup.partition("<tbody>")[2], re.DOTALL)
    return [[html.unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows]


def texts(markup: str) -> list[str]:
    return re.findall(r"<text [^>]*>([^<]*)</text>", markup)


def text_of(markup: str) -> str:
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", markup)).split())


def test_each_minute_has_its_highest_number_and_one_without_a_note_is_a_gap(
    store: ActiveUserStore, server_clock: ServerClock
) -> None:
    note(store, users=3)
    server_clock.put_forward(MINUTE)
    note(store, users=2)
    server_clock.put_forward(2 * MINUTE)
    note(store, users=5)
    assert curve(draw(hours=1), "users") == {56: 3, 57: 2, 59: 5}


def test_an_interval_has_the_highest_number_of_its_minutes(store: ActiveUserStore, server_clock: ServerClock) -> None:
    for users in (1, 4, 2, 1, 1, 7):
        note(store, users=users)
        server_clock.put_forward(MINUTE)
    assert curve(draw(), "users") == {287: 4, 288: 7}


def test_an_interval_is_as_long_as_the_window(store: ActiveUserStore, server_clock: ServerClock, settings: Any) -> None:
    """Who is active is noted once in a window, and should not look like a gap for the rest of it."""
    settings.ACTIVE_USERS_KEY_EXPIRE = 300
    for _ in range(6):
        note(store, users=1)
        server_clock.put_forward(280 * SECOND)
    intervals = list(curve(draw(hours=1), "users"))
    assert intervals == list(range(12 - len(intervals), 12))
    assert len(intervals) > 4


def test_guests_are_on_top_of_members(store: ActiveUserStore, server_clock: ServerClock) -> None:
    note(store, users=2, guests=5)
    server_clock.put_forward(MINUTE)
    note(store, guests=3)
    shown = draw(hours=1)
    assert curve(shown, "guests") == {58: 7, 59: 3}
    assert curve(shown, "users") == {58: 2, 59: 0}
    assert "Members" in shown


def test_without_guests_there_is_one_curve_and_no_legend(store: ActiveUserStore) -> None:
    note(store, users=2)
    shown = draw(hours=1)
    assert shown.count("<path ") == 1
    assert "Guests" not in shown


def test_the_table_has_the_highest_number_of_each_hour(store: ActiveUserStore, server_clock: ServerClock) -> None:
    for users, guests in ((2, 1), (4, 9), (1, 1)):
        note(store, users=users, guests=guests)
        server_clock.put_forward(30 * MINUTE)
    server_clock.put_forward(2 * HOUR)
    assert table(draw())[-5:] == [
        ["7 p.m.", "nobody seen, or not known"],
        ["8 p.m.", "13", "4", "9"],
        ["9 p.m.", "2", "1", "1"],
        ["10 p.m.", "nobody seen, or not known"],
        ["11 p.m.", "nobody seen, or not known"],
    ]


def test_who_cannot_see_it_hears_what_it_shows(store: ActiveUserStore, server_clock: ServerClock) -> None:
    note(store, users=4)
    server_clock.put_forward(2 * HOUR)
    shown = draw()
    assert re.search(r'<svg [^>]*role="img"[^>]*>\s*<title>People online in the last 24 hours</title>', shown)
    assert "<desc>The highest number, on Nov. 3, 2026 at 8 p.m., is 4." in " ".join(shown.split())


@pytest.mark.parametrize(
    ("hours", "words"),
    [(1, "hour"), (2, "2 hours"), (24, "24 hours"), (36, "36 hours"), (48, "2 days"), (168, "7 days")],
)
def test_the_caption_tells_the_time(store: ActiveUserStore, hours: int, words: str) -> None:
    assert text_of(draw(hours)).startswith(f"People online in the last {words} ")


@pytest.mark.parametrize(
    ("hours", "language", "zone", "labels"),
    [
        (24, "en", BERLIN, ["Tue", "6 a.m.", "noon"]),
        (24, "en", "Asia/Kolkata", ["6 a.m.", "noon", "6 p.m."]),
        (6, "de", BERLIN, ["16:00", "18:00"]),
        (1, "en", BERLIN, ["7:15 p.m.", "7:30 p.m.", "7:45 p.m."]),
        (168, "en", BERLIN, ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue"]),
    ],
)
def test_times_are_round_on_the_readers_clock_and_written_as_the_reader_writes_them(
    store: ActiveUserStore, hours: int, language: str, zone: str, labels: list[str]
) -> None:
    note(store, users=1)
    with translation.override(language), timezone.override(zone):
        shown = draw(hours)
    assert [text for text in texts(shown) if not text.isdecimal()] == labels


@pytest.mark.parametrize(
    ("most", "numbers"),
    [
        (1, [0, 1]),
        (3, [0, 1, 2, 3]),
        (4, [0, 1, 2, 3, 4]),
        (5, [0, 2, 4, 6]),
        (20, [0, 5, 10, 15, 20]),
        (21, [0, 10, 20, 30]),
        (1728, [0, 500, 1000, 1500, 2000]),
        (1_000_000, [0, 500_000, 1_000_000]),
    ],
)
def test_the_numbers_at_the_side_are_round(
    server: Server, store: ActiveUserStore, most: int, numbers: list[int]
) -> None:
    keep(server, store, [Tally(EVENING, most, 0)])
    shown = draw(hours=1)
    assert [int(number) for number in texts(shown) if number.isdecimal()] == numbers
    assert list(curve(shown, "users").values()) == [most]


@pytest.mark.parametrize("language", ["en", "de", "fr", "ar"])
def test_no_language_writes_the_numbers_in_the_attributes_in_its_own_way(
    server: Server, store: ActiveUserStore, settings: Any, language: str
) -> None:
    settings.USE_THOUSAND_SEPARATOR = True
    keep(server, store, [Tally(EVENING, 123_456, 789)])
    with translation.override(language):
        shown = draw(hours=7)
    for name in ("x", "y", "x1", "x2", "y1", "y2", "dy"):
        for value in re.findall(rf' {name}="([^"]*)"', shown):
            assert re.fullmatch(r"-?[\d.]+(%|em)", value)
    assert curve(shown, "guests") == {210: 124_245}
    assert 'viewBox="0 0 211 150000"' in shown


def crowd(hours: int) -> list[Tally]:
    """A busy site, no minute of which is like the one before."""
    now = EVENING // MINUTE
    return [
        Tally(minute * MINUTE, 1 + minute * 7919 % 9973, 1 + minute * 6007 % 9967)
        for minute in range(now - hours * 60 + 1, now + 1)
    ]


def test_a_week_has_at_most_300_points_and_a_few_kilobytes(server: Server, store: ActiveUserStore) -> None:
    keep(server, store, crowd(hours=168))
    shown = draw(hours=168)
    assert 290 < len(curve(shown, "guests")) <= 300
    assert len(shown.encode()) < 12_000


@pytest.mark.parametrize("hours", [1, 2, 5, 7, 24, 25, 36, 48, 100, 168])
def test_however_long_it_is_the_numbers_agree_and_the_labels_are_few(
    server: Server, store: ActiveUserStore, hours: int
) -> None:
    minutes = crowd(hours)
    keep(server, store, minutes)
    shown = draw(hours)
    most = max(tally.users + tally.guests for tally in minutes)
    assert max(curve(shown, "guests").values()) == most
    rows = [row for row in table(shown) if len(row) == 4]
    assert 5 <= len(rows) <= 29
    assert max(int(row[1]) for row in rows) == most
    assert all(int(row[1]) == int(row[2]) + int(row[3]) for row in rows)
    labels = [text for text in texts(shown) if not text.isdecimal()]
    assert 2 <= len(labels) <= 8


@pytest.mark.parametrize(
    ("morning", "hours"),
    [
        (datetime(2026, 3, 29, 4, 59, tzinfo=ZoneInfo(BERLIN)), ["midnight", "1 a.m.", "3 a.m.", "4 a.m."]),
        (datetime(2026, 10, 25, 4, 59, tzinfo=ZoneInfo(BERLIN)), ["midnight", "1 a.m.", "2 a.m.", "3 a.m.", "4 a.m."]),
    ],
    ids=["begins", "ends"],
)
def test_the_table_follows_the_clock_where_summer_time_begins_or_ends(
    server: Server, server_clock: ServerClock, store: ActiveUserStore, morning: datetime, hours: list[str]
) -> None:
    """In March no clock shows two. In October each shows it for two hours, which are one row."""
    server_clock.set(int(morning.timestamp() * 1000))
    now, midnight = server_clock.milliseconds // MINUTE, int(morning.replace(hour=0, minute=0).timestamp()) // 60
    keep(server, store, [Tally(minute * MINUTE, 1, 0) for minute in range(midnight, now + 1)])
    assert [row[0] for row in table(draw()) if row[-1] == "1"] == hours


def test_times_are_local_where_the_site_has_no_time_zones(store: ActiveUserStore, settings: Any) -> None:
    note(store, users=1)
    settings.USE_TZ, settings.TIME_ZONE = False, "America/Caracas"
    shown = draw(hours=1)
    assert texts(shown)[:3] == ["2:15 p.m.", "2:30 p.m.", "2:45 p.m."]
    assert "on Nov. 3, 2026 at 3 p.m." in shown


def test_nothing_in_it_needs_a_weaker_content_security_policy(store: ActiveUserStore) -> None:
    note(store, users=1, guests=1)
    assert not re.search(r"<style|<script|\sstyle=|\son\w+=|javascript:", draw())


@pytest.mark.parametrize("hours", [0, 169, -1, 1.5, "day", None, "1" * 100])
def test_a_mistaken_number_of_hours_is_logged_and_the_default_used(
    store: ActiveUserStore, log: Callable[[], list[str]], caplog: pytest.LogCaptureFixture, hours: object
) -> None:
    assert text_of(draw(hours)).startswith("People online in the last 24 hours ")
    assert log() == ["ERROR"]
    assert "{% active_users_chart %}: hours should be a whole number from 1 to 168, not" in caplog.text


def test_a_site_may_extend_the_template(store: ActiveUserStore, settings: Any, tmp_path: Path) -> None:
    note(store, users=3)
    (tmp_path / "active_users").mkdir()
    own = '{% extends "active_users/chart.html" %}{% block caption %}Lamps that were lit{% endblock %}'
    (tmp_path / "active_users" / "chart.html").write_text(own)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    shown = draw(hours=1)
    assert text_of(shown).startswith("Lamps that were lit ")
    assert curve(shown, "users") == {59: 3}


def test_where_nobody_was_ever_noted_there_is_nothing_to_show(store: ActiveUserStore) -> None:
    assert text_of(draw()) == "People online in the last 24 hours There is nothing to show yet."


def test_while_redis_is_down_the_numbers_are_unknown(own_server: Server) -> None:
    own_server.kill()
    expected = "People online in the last 24 hours It is not known right now how many people were online."
    assert text_of(draw()) == expected


def test_several_shards_show_what_was_read(server: Server, settings: Any) -> None:
    settings.ACTIVE_USERS_SHARDS, settings.ACTIVE_USERS_KEY_EXPIRE = 3, 20
    store = get_store()
    note(store, users=6)
    assert store.count().result() == 6
    assert list(curve(draw(hours=1), "users").values()) == [6]
