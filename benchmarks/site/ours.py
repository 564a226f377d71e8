"""Calls for the site with our package."""

from __future__ import annotations

import gc
import random
import time
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Literal

from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django_redis import get_redis_connection

from active_users import api
from active_users.store.current import get_store, memo
from benchmarks.plain_redis import plain_connection
from benchmarks.site.people import Person
from benchmarks.site.timing import interleave, paced, time_call
from benchmarks.site.visiting import WITH

NEWEST = 50
BATCH = 500
# Enough visitors to fill caches of a fixed size.
WARM_UP = 5000


def seed(count: int, prefix: str = "au") -> None:
    """Note this many people through the store."""
    _use(prefix)
    store = get_store()
    for number in range(count):
        entry = Person(number).entry()
        reply = store.note(entry.identity, entry.dump())
        if number % BATCH == BATCH - 1:
            reply.result()
    reply.result()


def count() -> int:
    return api.get_active_users_count()


def newest() -> None:
    if len(api.get_active_users(limit=NEWEST)) != NEWEST:
        raise RuntimeError("the list is shorter than it should be")


def time_reads(read: Literal["count", "newest"], script: list[str], times: int) -> dict[str, float]:
    """The median times of reading from a large crowd and a small one, of the bare script and of a pooled ``PING``."""
    call: Callable[[], object] = count if read == "count" else newest
    took = {}
    with plain_connection(settings.CACHES["default"]["LOCATION"]) as bare:
        sides = {"ours": call, "EVALSHA": lambda: bare(*script), "PING": get_redis_connection().ping}
        for prefix, side in random.sample([("small", {"at 1,000": call}), ("au", sides)], 2):
            _use(prefix)
            interleave(side, 2)  # warms up
            took.update(interleave(side, times))
    return took


def note_and_wait(numbers: list[int], period: float) -> None:
    """Note these people one by one, at a steady pace, and wait for each answer."""
    store = get_store()
    entries = [Person(number).entry() for number in numbers]
    for identity, payload in paced([(entry.identity, entry.dump()) for entry in entries], period):
        store.note(identity, payload).result()


def load_everything(seconds: float, people: int, window: float) -> int:
    """
    Notes, counts and lists in random order, one after the other. Returns how many scripts that were.

    ``window`` is shorter than the one in which the people were noted, so there is a backlog to prune.
    """
    settings.ACTIVE_USERS_KEY_EXPIRE = window
    store = get_store()

    def note() -> None:
        entry = Person(random.randrange(people)).entry()  # noqa: S311 - no secret
        store.note(entry.identity, entry.dump()).result()

    lists = [partial(api.get_active_users, limit=limit) for limit in (50, 1000)]
    calls: list[Callable[[], object]] = [note, api.get_active_users_count, *lists]
    until, done = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        random.choices(calls, [6, 2, 1, 1])[0]()  # noqa: S311
        done += 1
    return done


def load_trivially(seconds: float, scripts: int) -> None:
    """As many calls of a script that does nothing, at a steady pace."""
    with plain_connection(settings.CACHES["default"]["LOCATION"]) as call:
        for _ in range(scripts):
            call("EVAL", "return 0", 0)
            time.sleep(seconds / scripts)


def time_logouts(visitors: int, period: float, every: int) -> list[float]:
    """The CPU time of the logouts of every ``every``-th visitor, right after they came."""
    return [
        time_call(
            partial(user_logged_out.send, sender=type(request.user), request=request, user=request.user),
            time.thread_time,
        )
        for number, request in _visits(range(visitors), period)
        if number % every == 0
    ]


def measure_memory(visitors: int, period: float) -> int:
    """By how many bytes the memory that Python uses grows while ``visitors`` people visit."""
    tracemalloc.start()
    deque(_visits(range(visitors, visitors + WARM_UP), period), maxlen=0)
    memo.clear()
    before = _used_memory()
    deque(_visits(range(visitors), period), maxlen=0)
    return _used_memory() - before


def _used_memory() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def _visits(people: range, period: float) -> Iterator[tuple[int, Any]]:
    for number in paced(people, period):
        request = Person(number).loaded_request("/plain/")
        WITH.get_response(request)
        yield number, request


def _use(prefix: str) -> None:
    settings.ACTIVE_USERS_KEY_PREFIX = prefix
