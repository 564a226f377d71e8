"""
A CPU for the server alone, and the others for everything else.

As where Redis has a machine of its own. Left to itself, the scheduler often lets the server run on the CPU of whoever
waits for it, which helps those who wait and holds up those who go on working.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def are_apart() -> bool:
    """Whether this system lets us choose, and has CPUs to choose from."""
    return sys.platform == "linux" and len(_ALL) > 1


def move_to_server(pid: int) -> None:
    """Let a process run on the server's CPU only."""
    if are_apart():
        os.sched_setaffinity(pid, _ALL[:1])


def leave_to_server() -> None:
    """Let this process, and those that it starts from now on, run on the other CPUs only."""
    if are_apart():
        os.sched_setaffinity(0, _ALL[1:])


@contextmanager
def on_all() -> Iterator[None]:
    """Let processes that are started in this block run anywhere."""
    if are_apart():
        os.sched_setaffinity(0, _ALL)
    try:
        yield
    finally:
        leave_to_server()


_ALL = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
