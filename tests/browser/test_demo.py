"""The demo: how it starts and stops, and its pages while Redis is down."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Browser, expect

from example_site.embedded_redis import embedded_redis
from tests.browser.person import Person
from tests.browser.running_site import running_site


@pytest.fixture
def directory() -> Iterator[Path]:
    with TemporaryDirectory(prefix="demo-") as path:
        yield Path(path)


def processes_of_group(group: int) -> list[str]:
    answer = subprocess.run(["/bin/ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(maxsplit=2) for line in answer.stdout.splitlines()]
    return [row[2] for row in rows if row[0] == str(group) and not row[1].startswith("Z")]


def signal_another_thread(process: int, number: int) -> None:
    """As the system may do with a signal for the process, so that the main thread is not woken."""
    threads = {int(thread.name) for thread in Path(f"/proc/{process}/task").iterdir()}
    assert ctypes.CDLL(None).tgkill(process, max(threads - {process}), number) == 0


@pytest.mark.parametrize(
    ("number", "send"),
    [
        (signal.SIGINT, os.killpg),
        (signal.SIGTERM, os.kill),
        (signal.SIGTERM, signal_another_thread),
        (signal.SIGHUP, os.killpg),
    ],
    ids=["Ctrl-C", "SIGTERM", "SIGTERM for another thread", "closed terminal"],
)
def test_a_signal_stops_the_demo_and_no_process_or_file_is_left(
    directory: Path, number: signal.Signals, send: Callable[[int, int], None]
) -> None:
    with running_site(TMPDIR=str(directory), REDIS_URL="") as site:
        group = site.process.pid
        assert len(processes_of_group(group)) == 2
        assert list(directory.iterdir()) != []
        send(group, number)
        assert site.process.wait(timeout=60) == 0
        assert processes_of_group(group) == []
        assert list(directory.iterdir()) == []


def test_simulated_visitors_come_by_themselves(browser: Browser) -> None:
    with running_site(REDIS_URL="") as site:
        ada = Person(browser.new_context(base_url=site.address))
        ada.watch()
        expect(ada.count).to_have_text(re.compile(r"^[1-7] (member is|members are) online$"))
        ada.go_home()
        assert ada.problems == []


def test_a_second_demo_uses_another_port(directory: Path) -> None:
    with embedded_redis(directory) as url, running_site("--no-visitors", REDIS_URL=url) as first:
        port = first.address.rstrip("/").rpartition(":")[2]
        with running_site("--no-visitors", REDIS_URL=url, PORT=port) as second:
            assert second.address != first.address


@pytest.mark.parametrize("htmx_version", [2, 4], ids=["htmx 2", "htmx 4"])
def test_pages_work_while_redis_is_down_and_the_number_comes_back_with_it(
    browser: Browser, directory: Path, htmx_version: int
) -> None:
    options = ("--no-visitors", "--settings", "tests.browser.settings")
    with ExitStack() as redis, ExitStack() as rest:
        url = redis.enter_context(embedded_redis(directory))
        site = rest.enter_context(running_site(*options, REDIS_URL=url, HTMX_VERSION=str(htmx_version)))
        ada = Person(browser.new_context(base_url=site.address))
        ada.watch()
        ada.log_in("Ada")
        expect(ada.count).to_have_text("1 member is online")

        redis.close()
        expect(ada.count).to_have_text("It is not known right now who is online")
        for path in ("/", "/articles/a-letter-about-margins/", "/members/", "/online/"):
            answer = ada.context.request.get(path)
            assert answer.status == 200, path
        assert ada.context.request.get("/active-users-info/").status == 503
        ada.watch()
        for number in ("#variable", "#count", "#list"):
            expect(ada.page.locator(number)).to_have_text("unknown")
        expect(ada.page.locator(".presence")).to_have_text("Who\u2019s online")

        rest.enter_context(embedded_redis(directory))
        expect(ada.page.locator(".presence")).to_have_text("1 online")
        expect(ada.count).to_have_text("1 member is online")
        ada.go_home()
        assert ada.problems == []
