"""What threads of our site do at the same time over the connection that they share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from statistics import quantiles
from typing import Any

from django.conf import settings

from active_users import api
from active_users.exceptions import ActiveUsersUnavailable
from active_users.settings import active_users_settings
from active_users.store.current import get_store
from benchmarks.machine import running_seconds
from benchmarks.plain_redis import plain_connection
from benchmarks.site.timing import time_call

NEWEST = 50


def time_waits(threads: int, count: int) -> dict[str, float]:
    """
    The 99th percentile and the longest of ``count`` waits for the number by each of the threads, which begin at once.

    The same for ``PING`` over as many plain connections, and for one thread.
    """
    _count_or_wait()  # connects
    with ExitStack() as stack:
        url = settings.CACHES["default"]["LOCATION"]
        pings = [partial(stack.enter_context(plain_connection(url)), "PING") for _ in range(threads)]
        waits = {
            "ours": _time_at_once([_count_or_wait] * threads, count),
            "one thread": _time_at_once([_count_or_wait], count * threads),
            "PINGs": _time_at_once(pings, count),
        }
    longest = {f"longest of {name}": max(took) for name, took in waits.items()}
    return {**{name: quantiles(took, n=100)[-1] for name, took in waits.items()}, **longest}


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


def note_beside_a_reader(threads: int, count: int, pause: float) -> dict[str, Any]:
    """
    How long notes by several threads took, first ``alone``, then ``ours`` while another thread reads a list.

    A note is due every ``pause`` seconds in each thread, whether or not the one before it is done, and its time counts
    from then. Otherwise a thread that is held up would measure fewer notes. Time without a CPU does not count.
    """
    store = get_store()
    store.note("somebody", "").result()  # connects

    def note(thread: int) -> list[float]:
        took, due = [], running_seconds("thread-self")
        for _ in range(count):
            due += pause
            time.sleep(max(due - running_seconds("thread-self"), 0))
            store.note(f"noted{thread}", "")
            took.append(running_seconds("thread-self") - due)
        return took

    def note_in_threads() -> list[list[float]]:
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(note, range(threads)))

    alone = note_in_threads()
    with ThreadPoolExecutor(1) as reader:
        reading = reader.submit(time_call, lambda: store.page(limit=NEWEST).result())
        beside = note_in_threads()
    return {"alone": alone, "ours": beside, "reading": reading.result()}
