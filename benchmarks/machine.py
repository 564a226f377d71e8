"""
What the machine does with a process: on which CPU it runs, how much CPU time it used, how long it waited for a CPU.

The Redis server gets one CPU and everything else the others, as if Redis had a machine of its own. Left alone, the
scheduler often runs the server on the CPU of the process that waits for its answer. That favours code that waits, and
slows down code that carries on working.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

_ALL: Final = sorted(os.sched_getaffinity(0))
ARE_APART: Final = len(_ALL) > 1
# The share of a round that a process may have waited for a CPU. Being woken up takes about a tenth of that.
MOST_WAITED: Final = 0.1

Measured = TypeVar("Measured")


def move_to_server(pid: int) -> None:
    """Run this process on the server's CPU only."""
    if ARE_APART:
        os.sched_setaffinity(pid, _ALL[:1])


def leave_to_server() -> None:
    """Run this process, and those that it starts from now on, on the other CPUs only."""
    if ARE_APART:
        os.sched_setaffinity(0, _ALL[1:])


@contextmanager
def on_all_cpus() -> Iterator[None]:
    """Processes that are started inside the block may run on every CPU."""
    os.sched_setaffinity(0, _ALL)
    try:
        yield
    finally:
        leave_to_server()


def cpu_seconds(pid: int) -> float:
    """The CPU time of a process and of its children that still run."""
    family = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split())]
    return sum(time.clock_gettime(~each << 3 | 2) for each in family)  # what clock_getcpuclockid() returns


def running_seconds(*tasks: str) -> float:
    """A clock that stands still while one of these tasks, such as ``self/task/42``, could run but gets no CPU."""
    return time.perf_counter() - sum(_seconds_without_cpu(Path(f"/proc/{task}/schedstat")) for task in tasks)


def if_quiet(measure: Callable[[], Measured], *processes: Any) -> Measured | None:
    """What is measured, or ``None`` if one of these processes waited for a CPU for long meanwhile."""

    def without_cpu() -> list[float]:
        tasks = [Path(f"/proc/{process.pid}/task").glob("*/schedstat") for process in processes]
        return [sum(map(_seconds_without_cpu, each)) for each in tasks]

    before, start = without_cpu(), time.perf_counter()
    measured = measure()
    most = (time.perf_counter() - start) * MOST_WAITED
    return measured if all(map(lambda now, then: now - then <= most, without_cpu(), before)) else None


def _seconds_without_cpu(schedstat: Path) -> float:
    """For how long a task could have run, but others had the CPU."""
    try:
        return int(schedstat.read_text("ascii").split()[1]) / 1e9
    except OSError:  # the thread has ended
        return 0
