"""The circuit breaker between a process and Redis."""

from __future__ import annotations

import logging
import time
from typing import Any

logger = logging.getLogger("active_users")


class CircuitBreaker:
    """
    After a failure, rejects everything for ``retry_after`` seconds, then admits one attempt as a probe.

    Logs one warning when it opens and one line when it closes, and nothing in between.
    """

    def __init__(self, retry_after: float) -> None:
        self.retry_after = retry_after
        self.failure: Exception | None = None
        self._closed_by: Any = None
        self._retry_at = 0.0

    @property
    def is_open(self) -> bool:
        return self.failure is not None

    @property
    def is_paused(self) -> bool:
        """Whether it is open and the next probe is not due yet."""
        return self.failure is not None and time.monotonic() < self._retry_at

    def open(self, error: Exception, *, closed_by: Any = None) -> None:
        """
        Reject all attempts. Only ``closed_by``, if given, may be retried, and only its success closes the breaker.
        """
        if self.failure is None:
            logger.warning(
                "Redis is failing (%s), so active users are unknown. Retrying every %s s.", error, self.retry_after
            )
        self.failure = error
        self._closed_by = closed_by
        self._retry_at = time.monotonic() + self.retry_after

    def admits(self, what: Any) -> bool:
        """Whether ``what`` may be attempted now. After a failure, one probe per ``retry_after`` may, nothing else."""
        if self.failure is None:
            return True
        if time.monotonic() < self._retry_at or self._closed_by not in (None, what):
            return False
        self._retry_at = time.monotonic() + self.retry_after
        return True

    def close(self, what: Any) -> None:
        """Record that ``what`` has succeeded."""
        if self.failure is not None and self._closed_by in (None, what):
            logger.info("Redis answers again.")
            self.failure = self._closed_by = None
