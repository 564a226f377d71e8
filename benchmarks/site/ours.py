"""What only our package is asked to do."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import Any, TypeVar

from django.conf import settings
from redis import ConnectionPool

from active_users import api
from active_users.store.current import get_store
from benchmarks.site.people import Person
from benchmarks.site.reading import time_call

NEWEST = 50
BATCH = 500
PERIOD = 0.0003

Item = TypeVar("Item")


def seed(first: int, count: int, prefix: str) -> None:
    """Note so many people through the store, from number ``first`` on."""
    settings.ACTIVE_USERS_KEY_PREFIX = prefix
    store = get_store()
    for number in range(first, first + count):
        entry = Person(number).entry()
        reply = store.note(entry.identity, entry.dump())
        if number % BATCH == BATCH - 1:
            reply.result()
    reply.result()


def time_reads(small: str, large: str, count: int) -> dict[str, float]:
    """
    The median of so many counts and lists under each of the two prefixes, and of so many ``PING``.

    The ``PING`` goes through the least of redis-py: one of its connections, with no pool and no client around it.
    """
    connection = _open_plain_connection()

    def ping() -> None:
        connection.send_packed_command(connection.pack_command("PING"), check_health=False)
        connection.read_response()

    def newest() -> None:
        if len(api.get_active_users(limit=NEWEST)) != NEWEST:
            raise RuntimeError("the list is not as long as it should be")

    sides: dict[str, tuple[str, Callable[[], Any]]] = {
        "ping": (small, ping),
        "count small": (small, api.get_active_users_count),
        "count large": (large, api.get_active_users_count),
        "newest small": (small, newest),
        "newest large": (large, newest),
    }
    took = {}
    for name in random.sample(list(sides), len(sides)):
        prefix, read = sides[name]
        settings.ACTIVE_USERS_KEY_PREFIX = prefix
        read()
        took[name] = median(time_call(read) for _ in range(count))
    connection.disconnect()
    return took


def note_and_wait(numbers: list[int]) -> None:
    """Note these people, one every ``PERIOD``, and wait for each answer."""
    store = get_store()
    entries = [Person(number).entry() for number in numbers]
    for identity, payload in _paced([(entry.identity, entry.dump()) for entry in entries]):
        store.note(identity, payload).result()


def setex_and_wait(keys: list[str], seconds: int) -> None:
    """``SETEX`` these keys, one every ``PERIOD``, and wait for each answer."""
    connection = _open_plain_connection()
    for key in _paced(keys):
        connection.send_packed_command(connection.pack_command("SETEX", key, seconds, 0), check_health=False)
        connection.read_response()
    connection.disconnect()


def load_everything(seconds: float, people: int, window: float) -> dict[str, int]:
    """
    Notes, counts and lists in random order for so many seconds, one after the other.

    They find a backlog to prune: whoever fell out of ``window``, which is shorter than when the people were noted.
    """
    done = {"notes": 0, "counts": 0, "lists of 50": 0, "lists of 1000": 0}
    until = time.monotonic() + seconds
    settings.ACTIVE_USERS_KEY_EXPIRE = window
    store = get_store()
    while time.monotonic() < until:
        kind = random.choices(list(done), [6, 2, 1, 1])[0]  # noqa: S311 - no secret
        done[kind] += 1
        if kind == "notes":
            entry = Person(random.randrange(people)).entry()  # noqa: S311
            store.note(entry.identity, entry.dump()).result()
        elif kind == "counts":
            api.get_active_users_count()
        else:
            api.get_active_users(limit=50 if kind == "lists of 50" else 1000)
    return done


def _paced(items: Sequence[Item]) -> Iterator[Item]:
    """One every ``PERIOD``, without sleeping: else the server would idle longer after what takes us longer."""
    due = time.perf_counter()
    for item in items:
        while time.perf_counter() < due:
            pass
        due = max(due, time.perf_counter()) + PERIOD
        yield item


def _open_plain_connection() -> Any:
    pool = ConnectionPool.from_url(settings.CACHES["default"]["LOCATION"], socket_timeout=0.25, protocol=2)
    connection: Any = pool.make_connection()
    connection.connect()
    return connection
