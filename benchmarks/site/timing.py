"""Times calls, and paces them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from resource import RUSAGE_THREAD, getrusage
from statistics import median
from typing import Any


def time_call(call: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> float:
    start = clock()
    call()
    return clock() - start


def cost_of(call: Callable[[], Any]) -> dict[str, float]:
    """
    What a call costs: seconds of ``wall`` time and of the process's ``cpu`` time, and ``waits``.

    A thread that waits switches to another one of its own will, which the system counts.
    """
    before = _read_clocks()
    call()
    return {name: after - before[name] for name, after in _read_clocks().items()}


def _read_clocks() -> dict[str, float]:
    return {"waits": getrusage(RUSAGE_THREAD).ru_nvcsw, "cpu": time.process_time(), "wall": time.perf_counter()}


def interleave(
    sides: Mapping[str, Callable[[], Any]], count: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """The median times of single calls of each side, which take turns in random order."""
    took: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(count):
        for name in random.sample(list(sides), len(sides)):
            took[name].append(time_call(sides[name], clock))
    return {name: median(seconds) for name, seconds in took.items()}


def paced(items: Sequence[Any], period: float) -> Iterator[Any]:
    """Gives an item every ``period`` seconds. Spins instead of sleeping, so that the server idles equally often."""
    due = time.perf_counter()
    for item in items:
        while time.perf_counter() < due:
            pass
        due = max(due, time.perf_counter()) + period
        yield item
