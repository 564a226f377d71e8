"""Work in several threads at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Result = TypeVar("Result")


def in_threads(work: Callable[[int], Result], number: int) -> list[Result]:
    """Run ``work(0)``, ``work(1)``, … at the same time, each in its own thread. Returns the results."""
    everybody_is_here = threading.Barrier(number)

    def start_with_the_others(which: int) -> Result:
        everybody_is_here.wait()
        return work(which)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(start_with_the_others, range(number)))


@contextmanager
def repeated_in_a_thread(work: Callable[[], object]) -> Iterator[None]:
    """Repeat ``work()`` in a thread until the block ends, at least once. If it raises an error, so does the block."""
    is_over = threading.Event()

    def repeat() -> None:
        work()
        while not is_over.is_set():
            work()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(repeat)
        try:
            yield
        finally:
            is_over.set()
        done.result()
