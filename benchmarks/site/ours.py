"""Calls for the site with our package."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any, Literal

from django.conf import settings

from active_users import api
from active_users.store.current import get_store
from benchmarks.plain_redis import plain_connection
from benchmarks.site.people import Person
from benchmarks.site.timing import paced, time_call

NEWEST = 50
BATCH = 500


def seed(count: int, prefix: str = "au") -> None:
    """Note this many people through the store."""
    settings.ACTIVE_USERS_KEY_PREFIX = prefix
    store = get_store()
    for number in range(count):
        entry = Person(number).entry()
        reply = store.note(entry.identity, entry.dump())
        if number % BATCH == BATCH - 1:
            reply.result()
    reply.result()


def count() -> int:
    return api.get_active_users_count()


def time_reads(read: Literal["count", "newest"], count: int) -> dict[str, float]:
    """The median times of this many reads of a large crowd, of a small one, and of a ``PING``."""
    call = api.get_active_users_count if read == "count" else _read_newest
    with plain_connection(settings.CACHES["default"]["LOCATION"]) as ping:
        sides: dict[str, tuple[str, Callable[[], Any]]] = {
            "ping": ("au", lambda: ping("PING")),
            "small": ("small", call),
            "large": ("au", call),
        }
        took = {}
        for name in random.sample(list(sides), len(sides)):
            settings.ACTIVE_USERS_KEY_PREFIX, side = sides[name]
            side()
            took[name] = median(time_call(side) for _ in range(count))
    return took


def note_and_wait(numbers: list[int]) -> None:
    """Note these people one by one, at a steady pace, and wait for each answer."""
    store = get_store()
    entries = [Person(number).entry() for number in numbers]
    for identity, payload in paced([(entry.identity, entry.dump()) for entry in entries]):
        store.note(identity, payload).result()


def load_everything(seconds: float, people: int, window: float) -> None:
    """
    Notes, counts and lists in random order, one after the other.

    ``window`` is shorter than the one in which the people were noted, so there is a backlog to prune.
    """
    settings.ACTIVE_USERS_KEY_EXPIRE = window
    store = get_store()

    def note() -> None:
        entry = Person(random.randrange(people)).entry()  # noqa: S311 - no secret
        store.note(entry.identity, entry.dump()).result()

    lists = [partial(api.get_active_users, limit=limit) for limit in (50, 1000)]
    calls: list[Callable[[], object]] = [note, api.get_active_users_count, *lists]
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        random.choices(calls, [6, 2, 1, 1])[0]()  # noqa: S311


def _read_newest() -> None:
    if len(api.get_active_users(limit=NEWEST)) != NEWEST:
        raise RuntimeError("the list is shorter than it should be")
