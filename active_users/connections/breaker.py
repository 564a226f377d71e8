"""What is known about an outage: its cause, what to log about it, and what would show that it is over."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Iterator
from typing import Any

from active_users.connections.base import NotRedis, Reply, Script, describe

logger = logging.getLogger("active_users")


class CircuitBreaker:
    """
    Open while Redis fails. While it is open, commands fail at once, and only the connecting thread tries Redis.

    A write that fails, such as a note, makes every count wrong for a while, so the outage is over only when writing
    works again. Once nobody has been left out of the count for that while, it is over when anything works.
    """

    def __init__(self, log: OutageLog) -> None:
        self.failure: Exception | None = None
        self.since = 0.0  # when it was opened, in seconds since 1970
        self._log = log
        self._read: Reply[Any] | None = None
        self._write: Reply[Any] | None = None
        self._wrong_until = 0.0

    def open(self, error: Exception) -> None:
        if self.failure is None:
            self._read = self._write = None  # of commands that failed by themselves, in no outage
            self.since = time.time()
        self.failure = error

    def close(self) -> None:
        self.failure = self._read = self._write = None
        self._wrong_until = 0.0

    def fail(self, reply: Reply[Any], error: Exception) -> None:
        """Settle a command that failed. The first read and the first write show later whether Redis works again."""
        reply.fail(error)
        if reply.script.probe is None:
            self._read = self._read or reply
        else:
            self._write = self._write or reply
            self.leave_out(reply.matters_for)

    def leave_out(self, seconds: float) -> None:
        """Nobody can count right for this many seconds, unless writing works again."""
        self._wrong_until = max(self._wrong_until, time.monotonic() + seconds)

    @property
    def probes(self) -> Iterator[tuple[Script, tuple[Any, ...]]]:
        """The scripts and parameters that together show whether the outage is over. None: connecting shows it."""
        write, read = self._write, self._read
        if write is not None and write.script.probe and (read is None or time.monotonic() < self._wrong_until):
            yield write.script.probe, (len(write.keys), *write.keys)
        if read is not None:
            yield read.script, read.parameters

    def report(self) -> None:
        """Log that Redis fails, or works again. Without any lock: handlers may be slow, or ask for the count."""
        try:
            self._log.report(self, self.failure)
        except Exception:  # of a log handler, which must not end the connecting thread; logging prints such errors too
            traceback.print_exc()


class OutageLog:
    """Logs one warning when the first of a process's connections fails, and one line when all of them work again."""

    def __init__(self, retry_after: float) -> None:
        self._retry_after = retry_after
        self._failing: set[CircuitBreaker] = set()
        self._lock = threading.Lock()

    def report(self, breaker: CircuitBreaker, failure: Exception | None) -> None:
        with self._lock:
            was_failing = bool(self._failing)
            (self._failing.discard if failure is None else self._failing.add)(breaker)
            is_failing = bool(self._failing)
        if isinstance(failure, NotRedis) and not was_failing:  # as on a laptop; the check has warned of it
            logger.info("Active users are unknown, because %s.", failure)
        elif failure is not None and not was_failing:
            logger.warning(
                "Redis is failing (%s), so active users are unknown. Retrying every %s s.",
                describe(failure),
                self._retry_after,
            )
        elif was_failing and not is_failing:
            logger.info("Redis answers again.")
