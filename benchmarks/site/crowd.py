"""Many people at once, on many threads."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from benchmarks.site import handlers
from benchmarks.site.people import Person

Answer = TypeVar("Answer")


def visit_from_threads(path: str, threads: int, seconds: float) -> int:
    """Requests from so many threads at once, for so many seconds; how many there were."""
    until = time.monotonic() + seconds
    start = threading.Barrier(threads)

    def visit(thread: int) -> int:
        start.wait()
        visits = 0
        while time.monotonic() < until:
            _check(handlers.WITH.get_response(Person(thread).loaded_request(path)).status_code)
            visits += 1
        return visits

    return sum(_run(visit, threads))


def visit_at_random(
    path: str, people: int, threads: int, seconds: float, pause: float, away: tuple[float, float]
) -> list[tuple[int, float, float]]:
    """
    Requests of random people: who, when it began and when it was done, by the machine's monotonic clock.

    Between the two times ``away``, the second half of the people makes no requests.
    """
    began = time.monotonic()

    def visit(thread: int) -> list[tuple[int, float, float]]:
        visits = []
        while (start := time.monotonic()) < began + seconds:
            is_half_away = away[0] <= start - began < away[1]
            number = random.randrange(people // 2 if is_half_away else people)  # noqa: S311 - no secret
            request = Person(number).loaded_request(path)
            start = time.monotonic()
            _check(handlers.WITH.get_response(request).status_code)
            visits.append((number, start, time.monotonic()))
            time.sleep(random.uniform(0, 2 * pause))  # noqa: S311
        return visits

    return [visit for visits in _run(visit, threads) for visit in visits]


def _run(call: Callable[[int], Answer], threads: int) -> Iterator[Answer]:
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(call, range(threads))


def _check(status: int) -> None:
    if status != 200:
        raise RuntimeError(f"a page answered {status}")
