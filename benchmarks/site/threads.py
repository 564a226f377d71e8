"""What threads of our site do at the same time over the connection that they share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import count
from typing import Any

from django.conf import settings

from active_users import api
from active_users.exceptions import ActiveUsersUnavailable
from active_users.settings import active_users_settings
from active_users.store.current import get_store
from benchmarks.plain_redis import plain_connection
from benchmarks.site.timing import time_call

NEWEST = 50
NOTING_THREADS = 4
PAUSE = 0.04


def time_waits(threads: int, count: int) -> dict[str, list[float]]:
    """How long each of ``count`` waits took in each of the threads, all of which begin it at the same time."""
    _count_or_wait()  # connects
    with ExitStack() as stack:
        url = settings.CACHES["default"]["LOCATION"]
        pings = [partial(stack.enter_context(plain_connection(url)), "PING") for _ in range(threads)]
        return {"plain": _time_at_once(pings, count), "ours": _time_at_once([_count_or_wait] * threads, count)}


def _time_at_once(calls: Sequence[Callable[[], object]], count: int) -> list[float]:
    barrier = threading.Barrier(len(calls))

    def work(call: Callable[[], object]) -> list[float]:
        took = []
        for _ in range(count):
            barrier.wait()
            took.append(time_call(call))
        return took

    with ThreadPoolExecutor(len(calls)) as pool:
        return [seconds for took in pool.map(work, calls) for seconds in took]


def _count_or_wait() -> None:
    """Counts. A failure takes as long as the timeout, so that one that came sooner is not taken for a short wait."""
    until = time.monotonic() + active_users_settings.REDIS_TIMEOUT
    try:
        api.get_active_users_count()
    except ActiveUsersUnavailable:
        time.sleep(max(until - time.monotonic(), 0))


def seed_newest(size: int) -> None:
    """Note as many people as a list shows, whose payloads together have about this many bytes."""
    for number in range(NEWEST):
        get_store().note(f"reader{number}", "x" * (size // NEWEST)).result()


def note_beside_a_reader(seconds: float) -> dict[str, Any]:
    """How long each note of several threads took, first for some seconds, then while another thread reads a list."""
    store = get_store()
    store.note("somebody", "").result()  # connects
    is_over, numbers = threading.Event(), count()

    def note() -> list[float]:
        took = []
        while not is_over.wait(PAUSE):
            took.append(time_call(lambda: store.note(f"noted{next(numbers) % NOTING_THREADS}", "")))
        return took

    def note_meanwhile(work: Callable[[], object]) -> tuple[list[float], float]:
        is_over.clear()
        with ThreadPoolExecutor(NOTING_THREADS) as pool:
            futures = [pool.submit(note) for _ in range(NOTING_THREADS)]
            try:
                worked = time_call(work)
            finally:
                is_over.set()
            return [one for future in futures for one in future.result()], worked

    alone, _ = note_meanwhile(lambda: time.sleep(seconds))
    beside, reading = note_meanwhile(lambda: store.page(limit=NEWEST).result())
    return {"alone": alone, "beside": beside, "reading": reading}
