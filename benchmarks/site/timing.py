"""Times calls, and paces them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

PERIOD = 0.0003


def time_call(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def paced(items: Sequence[Any]) -> Iterator[Any]:
    """Gives one item every ``PERIOD``. Spins instead of sleeping, so that the server idles equally on both sides."""
    due = time.perf_counter()
    for item in items:
        while time.perf_counter() < due:
            pass
        due = max(due, time.perf_counter()) + PERIOD
        yield item
