"""Waiting until something is true, instead of sleeping for a fixed time."""

from __future__ import annotations

import time
from collections.abc import Callable

# So long that no test fails only because the machine is busy.
PATIENCE = 60.0


def wait_until(condition: Callable[[], bool]) -> None:
    """Check the condition repeatedly. Fails if it is still false after ``PATIENCE`` seconds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true in time"
        time.sleep(0.002)
