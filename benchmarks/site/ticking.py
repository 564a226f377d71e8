"""Measures how long the event loop stands still."""

from __future__ import annotations

import asyncio
import time
from typing import Final

PERIOD: Final = 0.002


class Ticking:
    """A task that should run every ``PERIOD``. It starts with the first call of ``take_longest()``."""

    def __init__(self) -> None:
        self._longest = 0.0
        self._task: asyncio.Task[None] | None = None

    def take_longest(self) -> float:
        """How much later than it should the task ran at most, since the last call."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        longest, self._longest = self._longest, 0.0
        return longest

    async def _run(self) -> None:
        while True:
            start = time.perf_counter()
            await asyncio.sleep(PERIOD)
            self._longest = max(self._longest, time.perf_counter() - start - PERIOD)
