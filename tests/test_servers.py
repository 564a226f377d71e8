"""The site under real servers: gunicorn with threads, and uvicorn with async views."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from . import settings
from .populations import PEOPLE
from .servers import Server
from .sites import DJANGO_REDIS, DJANGO_S_OWN, Serve, make_database, serving
from .threads import in_threads
from .visitors import Visitor, traffic
from .waiting import PATIENCE, wait_until


@pytest.mark.parametrize("backend", [DJANGO_REDIS, DJANGO_S_OWN])
def test_people_count_once_each_whichever_worker_serves_them(serve: Serve, own_server: Server, backend: str) -> None:
    with serve(own_server.url, backend=backend, ACTIVE_USERS_KEY_EXPIRE=30, ACTIVE_USERS_TOUCH_INTERVAL=0) as site:
        visitors = [Visitor(site.address) for _ in range(PEOPLE)]

        def visit(number: int) -> None:
            visitors[number].get(f"/alogin/p{number}" if number % 2 else f"/login/p{number}")
            for path in ("/plain", "/aplain", "/greet", "/agreet", "/count"):
                visitors[number].get(path)

        in_threads(visit, PEOPLE)
        assert site.count() == PEOPLE
        assert visitors[0].get("/count") == visitors[1].get("/acount") == str(PEOPLE)
        visitors[0].get("/logout")
        visitors[1].get("/alogout")
        assert site.count() == PEOPLE - 2


def test_each_process_has_one_connection_however_many_threads_it_has(serve: Serve, own_server: Server) -> None:
    with serve(own_server.url, ACTIVE_USERS_TOUCH_INTERVAL=0) as site, traffic(site.address, people=8):
        wait_until(lambda: site.count() == 8)
        own_client = 1
        assert len(own_server.client.client_list(_type="normal")) <= site.workers + own_client


def test_any_user_model_works(serve: Serve, own_server: Server, tmp_path: Path) -> None:
    overrides: dict[str, Any] = {
        "INSTALLED_APPS": [*settings.INSTALLED_APPS[:-1], "tests.members"],
        "AUTH_USER_MODEL": "members.Member",
    }
    database = make_database(tmp_path / "members.sqlite3", **overrides)
    with serve(own_server.url, database=database, **overrides) as site:
        ada = Visitor(site.address)
        ada.get("/login/p0")
        Visitor(site.address).get("/alogin/p1")
        Visitor(site.address).get("/token/p2")
        assert site.count() == 3
        people = json.loads(ada.get("/active-users-info/"))["data"]
        assert [person["username"] for person in people] == ["", "", ""]  # they log in with their e-mail address
        assert len({UUID(person["user_id"]) for person in people}) == 3
        ada.get("/logout")
        assert site.count() == 2


WINDOW, INTERVAL = 1.2, 0.1
ROUNDING = 0.01  # Redis keeps milliseconds


class Person(threading.Thread):
    """Arrives, clicks for a while, logs out or just leaves, stays away longer than the window, and returns."""

    def __init__(self, address: str, number: int, is_over: threading.Event) -> None:
        super().__init__()
        self.visitor = Visitor(address)
        self.number = number
        self.is_over = is_over
        self.surely_seen = 0.0  # when the last answered click began; 0 after a logout
        self.perhaps_seen = 0.0  # when the last click was answered; infinite while one is in flight
        self.gone_at = 0.0  # when a logout was answered
        self.logouts = 0

    def may_count(self, since: float) -> bool:
        """Whether a count taken at some time after ``since`` may include the person."""
        return self.perhaps_seen > since - WINDOW - ROUNDING or self.gone_at > since

    def run(self) -> None:
        self.is_over.wait(self.number * 0.1)
        while not self.is_over.is_set():
            self.click(f"/login/p{self.number}")
            for _ in range(10 + 3 * self.number):
                self.click("/plain")
                self.is_over.wait(0.02)
            if self.number % 2:
                self.log_out()
            self.is_over.wait(WINDOW * 1.5)

    def click(self, path: str) -> None:
        start, self.perhaps_seen = time.monotonic(), float("inf")
        self.visitor.get(path)
        self.surely_seen, self.perhaps_seen = start, time.monotonic()

    def log_out(self) -> None:
        self.logouts += 1
        self.surely_seen, self.perhaps_seen = 0.0, float("inf")  # the logout's request counts too
        self.visitor.get("/logout")
        self.gone_at, self.perhaps_seen = time.monotonic(), 0.0


def test_under_load_the_count_is_right_at_every_check(serve: Serve, own_server: Server) -> None:
    is_over = threading.Event()
    seen: set[int] = set()
    options = {"ACTIVE_USERS_KEY_EXPIRE": WINDOW, "ACTIVE_USERS_TOUCH_INTERVAL": INTERVAL}
    with serve(own_server.url, **options) as site:
        people = [Person(site.address, number, is_over) for number in range(PEOPLE)]
        for person in people:
            person.start()
        try:
            start = time.monotonic()
            while time.monotonic() < start + 5 or len(seen) <= 4:
                assert time.monotonic() < start + PATIENCE, seen
                before = time.monotonic()
                may_before = {person for person in people if person.may_count(before)}
                seen_before = {person: (person.surely_seen, person.logouts) for person in people}
                count = site.count()
                after = time.monotonic()
                may = may_before | {person for person in people if person.may_count(before)}
                must = {
                    person
                    for person, (last_seen, logouts) in seen_before.items()
                    if last_seen > after - WINDOW + INTERVAL + ROUNDING and person.logouts == logouts
                }
                assert count is not None
                assert len(must) <= count <= len(may)
                seen.add(count)
        finally:
            is_over.set()
            for person in people:
                person.join()
        users, entries = site.keys()
        assert sorted(own_server.client.zrange(users, 0, -1)) == sorted(own_server.client.hkeys(entries))


def test_a_worker_that_was_forked_after_the_first_note_counts_right(
    own_server: Server, database: Path, tmp_path: Path
) -> None:
    """``gunicorn --preload``, where the master has noted somebody before it forks."""
    arguments = ("--preload",)
    with serving(
        "gunicorn", own_server.url, database, tmp_path / "log", module="tests.served_preloaded", arguments=arguments
    ) as site:
        with traffic(site.address, people=6):
            wait_until(lambda: site.count() == 6 + 1)
        assert "Traceback" not in site.log.read_text()


def test_a_worker_that_is_killed_leaves_nothing_beyond_the_window(
    own_server: Server, database: Path, tmp_path: Path
) -> None:
    options: dict[str, Any] = {"ACTIVE_USERS_KEY_EXPIRE": 1, "ACTIVE_USERS_TOUCH_INTERVAL": 0}
    with serving("gunicorn", own_server.url, database, tmp_path / "log", **options) as site:
        with traffic(site.address, people=3) as seen:
            wait_until(lambda: seen.visits > 0 and site.count() == 3)
        workers = Path(f"/proc/{site.process.pid}/task/{site.process.pid}/children").read_text().split()
        for worker in workers:
            os.kill(int(worker), signal.SIGKILL)
        wait_until(lambda: site.count() == 0)
        assert not [key for key in own_server.client.scan_iter() if own_server.client.ttl(key) == -1]
