"""Lets coverage.py see threads that are not started by ``threading``."""

from __future__ import annotations

import _thread
import sys
import threading
from collections.abc import Callable
from typing import Any


def trace_every_thread() -> None:
    """While the tests are measured, trace what ``_thread`` starts too. Newer Pythons need no tracing."""
    trace = threading.gettrace()
    if trace is None:
        return
    start = _thread.start_new_thread

    def start_traced(function: Callable[..., object], arguments: tuple[Any, ...]) -> int:
        left = [arguments]  # and not in the frame of run(), which the traceback of an error would keep

        def run() -> None:
            sys.settrace(trace)
            function(*left.pop())

        return start(run, ())

    _thread.start_new_thread = start_traced  # type: ignore[assignment]
