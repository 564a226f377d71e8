"""Waiting for a condition instead of for a time."""

from __future__ import annotations

import time
from collections.abc import Callable

# However busy the machine is: a test that fails for want of time should have failed for another reason.
PATIENCE = 60.0


def wait_until(condition: Callable[[], bool]) -> None:
    """Ask again and again, and fail if the condition does not come true."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.002)
