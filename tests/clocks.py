"""A clock that a test may put forward, so that it need not wait."""

from __future__ import annotations

import time


class Clock:
    """``time.monotonic()`` as this process sees it; Redis has a clock of its own."""

    def __init__(self) -> None:
        self._real = time.monotonic
        self._ahead = 0.0

    def __call__(self) -> float:
        return self._real() + self._ahead

    def put_forward(self, seconds: float) -> None:
        self._ahead += seconds
