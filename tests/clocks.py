"""A clock that a test can put forward instead of waiting."""

from __future__ import annotations

import time


class Clock:
    """Replaces ``time.monotonic()`` in this process. Redis keeps its own time."""

    def __init__(self) -> None:
        self._real = time.monotonic
        self._ahead = 0.0

    def __call__(self) -> float:
        return self._real() + self._ahead

    def put_forward(self, seconds: float) -> None:
        self._ahead += seconds
