"""``manage.py active_users``"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import RequestFactory
from django.utils import translation

from active_users import api
from active_users.exceptions import ActiveUsersUnavailable
from active_users.keys import ActiveUserEntry
from active_users.management import waiting
from active_users.management.commands import active_users as command
from active_users.management.table import draw_table
from active_users.places import name_place
from active_users.store import current
from active_users.store.current import get_store

from .project import ROOT
from .servers import Server
from .waiting import PATIENCE, wait_until


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("active_users", *arguments, stdout=out, no_color=True)
    return out.getvalue()


def failed(*arguments: str) -> CommandError:
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    return caught.value


@pytest.fixture
def online(ada: User) -> User:
    api.note(ada, RequestFactory().get("/", REMOTE_ADDR="203.0.113.7"))
    return ada


def test_it_lists_everybody_with_everything_in_columns(online: User) -> None:
    first, empty, headings, row, end = run().split("\n")
    assert (first, empty, end) == ("1 person is active.", "", "")
    assert re.split("  +", headings) == ["Who", "Name", "Here since", "Last seen", "Address"]
    time = r"\d\d/\d\d/\d{4} \d\d?:\d\d:\d\d [ap]\.m\."
    assert re.fullmatch(rf"{online.pk}    ada   {time}  {time}  203\.0\.113\.7", row)
    assert [headings.index("Name"), headings.index("Address")] == [row.index("ada"), row.index("203")]


def test_of_nobody_there_is_no_table() -> None:
    assert run() == "0 people are active.\n"


def test_times_are_those_of_the_sites_time_zone_as_its_language_writes_them(online: User, settings: Any) -> None:
    (person,) = api.get_active_users()
    settings.TIME_ZONE = "Asia/Tokyo"
    with translation.override("de"):
        assert f"{person.since.astimezone(ZoneInfo('Asia/Tokyo')):%d.%m.%Y %H:%M:%S}" in run()


@pytest.mark.parametrize("use_tz", [True, False])
def test_json_has_every_field_and_both_times(online: User, settings: Any, use_tz: bool) -> None:
    settings.USE_TZ = use_tz
    (person,) = api.get_active_users()
    times = {"since": person.since.isoformat(), "last_seen": person.last_seen.isoformat()}
    assert json.loads(run("--json")) == {"count": 1, "data": [{**person, **times}]}
    assert json.loads(run("--json", "--count")) == {"count": 1}


def test_guests_are_named_where_they_are_counted(online: User, settings: Any) -> None:
    for guest in (b"\xff1", b"\xff2"):
        get_store().note(guest, place="/forum/").result()
    assert "guest" not in run() + run("--json")
    settings.ACTIVE_USERS_TRACK_GUESTS = True
    assert run().startswith("1 person is active.\n2 guests are active.\n\nWho")
    assert run("--count") == "1\n"
    assert json.loads(run("--count", "--json")) == {"count": 1, "guests": 2}
    assert json.loads(run("--count", "--json", "--place", "/forum/")) == {"count": 0, "guests": 2}


def test_a_place_has_its_own_people(online: User) -> None:
    entry = ActiveUserEntry()
    entry.user_id, entry.username = "4711", "reader"
    get_store().note("4711", entry.dump(), place="/forum/").result()
    assert run("--count") == "2\n"
    assert run("--count", "--place", "/forum/") == "1\n"
    assert "reader" in run("--place", "/forum/")
    assert "ada" not in run("--place", "/forum/")
    assert run("--place", "/elsewhere/") == "0 people are active.\n"


@pytest.mark.parametrize("find", [lambda user: user.username, lambda user: str(user.pk)])
def test_somebody_is_forgotten_by_username_or_primary_key(online: User, bob: User, find: Callable[[User], str]) -> None:
    api.note(bob)
    assert run("--forget", find(online)) == "1 person was forgotten.\n"
    assert run("--forget", find(online)) == "0 people were forgotten.\n"
    assert not api.is_active(online)
    assert api.is_active(bob)


def test_a_username_goes_before_a_primary_key(online: User) -> None:
    namesake = User.objects.create_user(str(online.pk))
    assert run("--forget", namesake.username) == "0 people were forgotten.\n"
    assert api.is_active(online)


@pytest.mark.parametrize("name", ["adda", "4711", "", "1" * 400, "\x00", "-1"])
def test_nobody_of_that_name_is_an_error_with_the_name(online: User, name: str) -> None:
    error = failed(f"--forget={name}")
    assert str(error) == f"Nobody has the username or primary key {name!r}."
    assert error.returncode == 1
    assert api.is_active(online)


def test_the_record_is_forgotten(online: User) -> None:
    assert run("--forget-record") == "The record was forgotten.\n"
    assert run("--forget-record") == "There was no record.\n"
    assert api.get_record() is None


class Terminal(StringIO):
    """Somebody watches. ``act`` is called with all that was printed so far after each time that something was."""

    def __init__(self, act: Callable[[str], None] = lambda text: None) -> None:
        super().__init__()
        self.act = act

    def isatty(self) -> bool:
        return True

    def flush(self) -> None:
        self.act(self.getvalue())


def test_it_waits_until_everybody_has_gone_and_shows_how_it_goes(
    online: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(text: str) -> None:
        if text.count("\r") == 2:
            api.forget(bob)
        if text.count("\r") == 3:
            api.clear()

    api.note(bob)
    monkeypatch.setattr(waiting, "PAUSE", 0.01)
    terminal = Terminal(leave)
    call_command("active_users", "--wait-until-idle", stdout=terminal)
    shown = terminal.getvalue().split("\r")
    assert [text[:19].strip() for text in shown] == ["", *["2 people are active"] * 2, "1 person is active."]
    assert "Waiting for another 2" in shown[1]
    assert len(shown[3].split("\n")[0]) >= len(shown[2])  # nothing of the longer line stays
    assert shown[3].split("\n")[1:] == ["0 people are active.", ""]


def test_without_a_terminal_only_the_end_is_printed(monkeypatch: pytest.MonkeyPatch, online: User) -> None:
    monkeypatch.setattr(waiting, "PAUSE", 0.01)
    monkeypatch.setattr(api, "get_active_users_count", lambda place, left=[3, 2, 1]: left.pop(0))
    assert run("--wait-until-idle", "--max-active", "1") == "1 person is active.\n"


def test_guests_keep_a_deployment_waiting_where_they_are_counted(settings: Any) -> None:
    get_store().note(b"\xff1").result()
    assert run("--wait-until-idle", "--timeout", "0") == "0 people are active.\n"
    settings.ACTIVE_USERS_TRACK_GUESTS = True
    assert failed("--wait-until-idle", "--timeout", "0").returncode == 1
    assert run("--wait-until-idle", "--timeout", "0", "--place", "/elsewhere/") == "0 people are active.\n"


def test_when_time_is_up_the_exit_code_is_1_and_says_how_many_are_left(online: User) -> None:
    error = failed("--wait-until-idle", "--timeout", "0")
    assert (error.returncode, str(error)) == (1, "1 person is still active.")
    assert run("--wait-until-idle", "--timeout", "0", "--max-active", "1") == "1 person is active.\n"


ACTIONS = [[], ["--count"], ["--json"], ["--forget", "ada"], ["--forget-record"], ["--wait-until-idle"]]


@pytest.mark.parametrize("arguments", ACTIONS, ids=" ".join)
def test_while_redis_is_down_the_exit_code_is_2(ada: User, own_server: Server, arguments: list[str]) -> None:
    own_server.kill()
    error = failed(*arguments)
    assert error.returncode == 2
    assert str(error).startswith("It is not known who is active. Redis did not answer: ConnectionError")


def test_when_redis_goes_down_during_the_wait_it_is_asked_for_a_while(
    ada: User, own_server: Server, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def go_down(text: str) -> None:
        if text.count("\r") == 1:
            own_server.kill()
        if text.count("not known") == 2:
            for start in once:
                start()
                wait_until(_is_known)

    once = iter([own_server.start])
    monkeypatch.setattr(command, "TRIES", 1_000_000)
    settings.ACTIVE_USERS_RETRY_AFTER = 0.1
    settings.ACTIVE_USERS_KEY_EXPIRE = 3
    monkeypatch.setattr(waiting, "PAUSE", 0.05)
    api.note(ada)
    terminal = Terminal(go_down)
    call_command("active_users", "--wait-until-idle", stdout=terminal)
    assert terminal.getvalue().endswith("\n0 people are active.\n")
    assert terminal.getvalue().count("not known") == 2


def test_a_redis_that_is_restarted_empty_between_two_looks_is_not_believed(
    ada: User, own_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def restart(text: str) -> None:
        if text.count("\r") == 1:
            own_server.kill()
            own_server.start()
            wait_until(_is_known)
        elif text.count("\r") == 2:
            api.note(ada)

    monkeypatch.setattr(waiting, "PAUSE", 0.05)
    api.note(ada)
    with pytest.raises(CommandError, match="1 person is still active") as caught:
        call_command("active_users", "--wait-until-idle", "--timeout", "2", stdout=Terminal(restart))
    assert caught.value.returncode == command.TIMED_OUT


def _is_known() -> bool:
    with suppress(ActiveUsersUnavailable):
        api.get_active_users_count()
        return True
    return False


def test_what_stays_unknown_ends_the_wait_with_2(
    ada: User, own_server: Server, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ACTIVE_USERS_RETRY_AFTER = 0.1
    monkeypatch.setattr(waiting, "PAUSE", 0.05)
    api.note(ada)
    terminal = Terminal(lambda text: own_server.kill() if text.count("\r") == 1 else None)
    with pytest.raises(CommandError) as caught:
        call_command("active_users", "--wait-until-idle", stdout=terminal)
    assert caught.value.returncode == 2


def _interrupt(text: str) -> None:
    raise KeyboardInterrupt


def test_control_c_ends_the_wait_without_a_traceback(online: User) -> None:
    with pytest.raises(CommandError, match="interrupted") as caught:
        call_command("active_users", "--wait-until-idle", stdout=Terminal(_interrupt))
    assert caught.value.returncode == 130


@pytest.mark.parametrize(
    "arguments",
    [
        "--max-active=2",
        "--timeout=2",
        "--count --timeout=0",
        "--forget=ada --place=/forum/",
        "--forget=ada --json",
        "--forget= --json",
        "--forget-record --json",
        "--wait-until-idle --json",
        "--count --forget=ada",
        "--forget=ada --forget-record",
        "--wait-until-idle --count",
        "--wait-until-idle --timeout=soon",
        "--wait-until-idle --timeout=-1",
        "--wait-until-idle --max-active=1.5",
        "--wait-until-idle --max-active=inf",
        "--nonsense",
    ],
)
def test_options_that_do_not_go_together_or_are_no_numbers_are_named(online: User, arguments: str) -> None:
    text = str(failed(*arguments.split()))
    option, _, value = arguments.split()[-1].partition("=")
    assert option in text
    assert ("value" not in text) or repr(value) in text
    assert api.is_active(online)


HOSTILE = "\x1b[2J\x1b]0;title\x07\n\r\u202egnp.exe\ud800"


def test_no_name_can_move_the_cursor_or_break_a_line(ada: User) -> None:
    User.objects.update(username=HOSTILE.replace("\ud800", "") + "ł漢字")
    ada.refresh_from_db()
    api.note(ada)
    row = run().split("\n")[3]
    assert row.endswith("?gnp.exeł漢字" + row.partition("漢字")[2])
    assert row.isprintable()
    assert json.loads(run("--json"))["data"][0]["username"] == ada.username


def test_what_the_terminal_cannot_encode_is_written_with_escapes(ada: User, tmp_path: Any) -> None:
    ada.username = "łukasz \ud800"
    api.note(ada)
    with open(tmp_path / "out", "w", encoding="ascii") as out:
        call_command("active_users", stdout=out)
    assert "\\u0142ukasz ?" in (tmp_path / "out").read_text()


def test_columns_are_padded_to_the_cells_that_a_terminal_shows() -> None:
    table = draw_table(["A", "B", "C"], [["漢字", "", "x"], ["e\u0301", "", "y"], ["four", "", "z"]])
    assert table.split("\n") == ["A     C", "漢字  x", "e\u0301     y", "four  z"]


def test_an_entry_class_without_an_address_has_no_such_column(ada: User, settings: Any) -> None:
    settings.ACTIVE_USERS_KEY_CLASS = "tests.entries.DeviceEntry"
    api.note(ada, RequestFactory().get("/", headers={"User-Agent": "phone"}))
    assert re.split("  +", run().split("\n")[2]) == ["Who", "Name", "Here since", "Last seen"]
    assert str(failed("--forget", "ada")).startswith("DeviceEntry tells active users apart by")


def test_a_process_of_its_own_answers_and_exits_as_documented(
    processes: None, server: Server, settings: Any, ada: User
) -> None:
    api.note(ada)
    program = (
        "import sys; from django.conf import settings; from django.core.management import execute_from_command_line; "
        f"import tests.settings as site; site.CACHES = {server.cache!r}; "
        f"site.ACTIVE_USERS_KEY_PREFIX = {settings.ACTIVE_USERS_KEY_PREFIX!r}; "
        "execute_from_command_line(['manage.py', 'active_users', *sys.argv[1:]])"
    )

    def run_alone(*arguments: str) -> tuple[int, str, str]:
        command = [sys.executable, "-c", program, *arguments]
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    assert run_alone("--count") == (0, "1\n", "")
    assert run_alone("--wait-until-idle", "--timeout", "0") == (1, "", "CommandError: 1 person is still active.\n")
    assert run_alone("--wait-until-idle", "--max-active", "1") == (0, "1 person is active.\n", "")


def test_a_connection_that_takes_longer_than_a_page_would_wait_is_waited_for(
    ada: User, own_server: Server, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.note(ada)
    settings.ACTIVE_USERS_REDIS_TIMEOUT = settings.ACTIVE_USERS_RETRY_AFTER = 0.05
    monkeypatch.setattr(current, "PATIENCE", PATIENCE)
    with own_server.scripts_paused():
        thread = threading.Thread(target=_unpause_after_a_failure, args=[own_server])
        thread.start()
        assert run("--count") == "1\n"
        thread.join()


def _unpause_after_a_failure(server: Server) -> None:
    wait_until(lambda: get_store().connection.is_paused)
    server.client.client_unpause()


def test_while_nobody_can_be_noted_nobody_is_known_to_have_left(own_server: Server, ada: User) -> None:
    api.note(ada)
    own_server.client.config_set("maxmemory", 1)
    own_server.client.config_set("maxmemory-policy", "noeviction")
    with pytest.raises(CommandError, match="not known") as caught:
        call_command("active_users", wait_until_idle=True, max_active=5, timeout=1)
    assert caught.value.returncode == command.UNKNOWN


def test_after_an_outage_a_low_number_is_believed_a_window_later(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int | None] = [7, None, 0, 0, 3, 0]

    def count() -> int:
        found = looks.pop(0)
        if found is None:
            raise ActiveUsersUnavailable
        return found

    monkeypatch.setattr(time, "sleep", clock.put_forward)
    options: Any = {"max_active": 0, "timeout": 100, "patience": 50, "tell": lambda active, left: None}
    assert waiting.wait_until_idle(count, lost_at=lambda: 0, window=3.5, **options) == 0
    assert looks == []


def test_a_long_place_is_found_by_its_whole_text_and_an_empty_one_is_a_mistake(ada: User) -> None:
    place = "/" + "a" * 300
    get_store().note(str(ada.pk), "", place=name_place(place, None)).result()
    out = StringIO()
    call_command("active_users", count=True, place=place, stdout=out)
    assert out.getvalue() == "1\n"
    assert api.get_active_users_count(place=place) == 1
    with pytest.raises(CommandError, match="--place should name a place, not ''"):
        call_command("active_users", count=True, place="")
