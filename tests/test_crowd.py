"""A crowd of members and guests, who read, move, log in and out, over two servers at once."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

from active_users.signatures import sign_place
from active_users.store.answers import Counts
from active_users.store.current import get_store

from .populations import CROWD
from .servers import Server
from .sites import serving
from .threads import in_threads
from .visitors import Visitor
from .waiting import wait_until

PEOPLE = 320
THREADS = 8
PLACES = [f"/article/{number}" for number in range(12)]
TOUCH_INTERVAL = 1
OPTIONS: dict[str, Any] = {
    "ACTIVE_USERS_TRACK_GUESTS": True,
    "ACTIVE_USERS_TOUCH_INTERVAL": TOUCH_INTERVAL,
    "ACTIVE_USERS_REFRESH_SECONDS": 100,  # so that nobody leaves a place because the machine is busy
    "ACTIVE_USERS_TRUSTED_PROXIES": ["127.0.0.1"],
    "SESSION_ENGINE": "django.contrib.sessions.backends.cache",
}


class Person:
    """Somebody with an address of their own, whose every request may reach either server."""

    def __init__(self, number: int, addresses: list[str]) -> None:
        self.number = number
        self.place = ""
        self.is_member = False
        self._addresses = addresses
        self._ticket = ""
        self._visitor = Visitor("")
        self._random = Random(number)  # noqa: S311 - no secret

    def arrive(self) -> None:
        if self.number < CROWD and self.number % 2:
            self.log_in()
        else:
            self.read()

    def do_something(self) -> None:
        log_in_or_out = [self.log_out] if self.is_member else [self.log_in] if self.number < CROWD else []
        self._random.choice([self.read, self.look_at_another_tab, self.hide, *log_in_or_out])()

    def log_in(self) -> None:
        self._get(f"/login/p{self.number}")
        self.is_member = True
        self.read()

    def log_out(self) -> None:
        self._get("/logout")
        self.is_member = False
        self.read()

    def read(self) -> None:
        self.place, self._ticket = self._random.choice(PLACES), ""
        self._poll(self.place, presence="opened")

    def look_at_another_tab(self) -> None:
        """It was open before the one they read, so they stay in the place of that."""
        self._poll(self._random.choice(PLACES), presence="true")

    def hide(self) -> None:
        self._poll(self._random.choice(PLACES), presence="")

    def _poll(self, place: str, *, presence: str) -> None:
        self._get(_poll_of(place), Active_Users=self._ticket, Active_Users_Present=presence)
        answer = self._visitor.received["Active-Users"]
        self._ticket = answer if ":" in answer else self._ticket

    def _get(self, path: str, **headers: str) -> None:
        self._visitor.address = self._random.choice(self._addresses)
        self._visitor.get(path, X_Forwarded_For=f"10.0.{self.number // 200}.{self.number % 200}", **headers)


def _poll_of(*places: str) -> str:
    return "/active-users-live/?" + urlencode({"shown": [f"here:{sign_place(each)}:" for each in places]}, doseq=True)


def test_a_crowd_over_two_servers_counts_exactly_one_touch_interval_later(
    own_server: Server, database: Path, tmp_path: Path, settings: Any
) -> None:
    options = OPTIONS | {"ACTIVE_USERS_KEY_PREFIX": settings.ACTIVE_USERS_KEY_PREFIX}
    for name, value in OPTIONS.items():
        setattr(settings, name, value)
    with (
        serving("gunicorn", own_server.url, database, tmp_path / "gunicorn", **options) as one,
        serving("uvicorn", own_server.url, database, tmp_path / "uvicorn", **options) as other,
    ):
        crowd = [Person(number, [one.address, other.address]) for number in range(PEOPLE)]

        def everybody(*actions: str) -> None:
            def act(thread: int) -> None:
                for action in actions:
                    for person in crowd[thread::THREADS]:
                        getattr(person, action)()

            in_threads(act, THREADS)

        everybody("arrive", "do_something")
        time.sleep(TOUCH_INTERVAL)
        everybody("look_at_another_tab")
        readers = Counter((person.place, person.is_member) for person in crowd)
        expected = [Counts(readers[place, True], readers[place, False]) for place in PLACES]
        members = sum(person.is_member for person in crowd)
        wait_until(lambda: get_store().counts(PLACES).result() == [(members, PEOPLE - members), *expected])
        for site in (one, other):
            text = Visitor(site.address).get(_poll_of(*PLACES))
            assert [f"{sum(each)} people are reading this" in text for each in expected] == [True] * len(PLACES)
