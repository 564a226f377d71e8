"""
One CPU for the Redis server and the others for everything else, as if Redis had a machine of its own.

Left alone, the scheduler often runs the server on the CPU of the process that waits for its answer. That favours code
that waits, and slows down code that carries on working.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_ALL = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
ARE_APART = len(_ALL) > 1


def move_to_server(pid: int) -> None:
    """Run this process on the server's CPU only."""
    if ARE_APART:
        os.sched_setaffinity(pid, _ALL[:1])


def leave_to_server() -> None:
    """Run this process, and those that it starts from now on, on the other CPUs only."""
    if ARE_APART:
        os.sched_setaffinity(0, _ALL[1:])


@contextmanager
def on_all() -> Iterator[None]:
    """Processes that are started inside the block may run on every CPU."""
    if ARE_APART:
        os.sched_setaffinity(0, _ALL)
    try:
        yield
    finally:
        leave_to_server()
