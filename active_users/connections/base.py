"""What the store asks of a connection, however Redis is reached: run a script now, reply later."""

from __future__ import annotations

import math
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha1
from typing import Any, Generic, TypeVar

import redis
from redis.exceptions import MovedError

from active_users.exceptions import ActiveUsersUnavailable

Parsed = TypeVar("Parsed")


@dataclass(frozen=True, eq=False)
class Script:
    """
    A Lua script.

    A script that writes names a ``probe``: a script with the same keys that shows whether writing works and changes
    nothing. A script that only reads needs none, because it may be repeated at any time.
    """

    source: bytes
    probe: Script | None = None

    @cached_property
    def sha(self) -> str:
        return sha1(self.source, usedforsecurity=False).hexdigest()


class Reply(Generic[Parsed]):
    """The answer to a command, which may still be on its way. Settled once, by success or failure."""

    def __init__(
        self,
        script: Script,
        keys: Sequence[str],
        arguments: Sequence[bytes | int],
        parse: Callable[[Any], Parsed],
        on_failure: Callable[[], object] | None,
        matters_for: float,
        wait_for: Callable[[Reply[Any]], None],
    ) -> None:
        self.script = script
        self.keys = [key.encode() for key in keys]
        self.parameters = (len(keys), *self.keys, *arguments)
        self.on_failure = on_failure
        self.matters_for = matters_for
        self.asked_at = time.monotonic()
        self.is_repeated = False
        self.is_settled = False
        self._alarm: threading.Lock | None = None  # free while the thread that waits should look again
        self._parse = parse
        self._wait_for = wait_for
        self._value: Any = None
        self._error: Exception | None = None

    def result(self) -> Parsed:
        """
        Wait for the answer, until the connection's timeout has passed since the command was asked.

        Raises ``ActiveUsersUnavailable`` if none comes, or none that makes sense.
        """
        if not self.is_settled:
            self._wait_for(self)
        if self._error is not None:
            raise ActiveUsersUnavailable(f"Redis did not answer: {describe(self._error)}") from self._error
        try:
            return self._parse(self._value)
        except ValueError as error:
            raise ActiveUsersUnavailable("Another program has stored something under our keys") from error

    def succeed(self, value: Any) -> None:
        if not self.is_settled:
            self._value = value
            self._settle()

    def fail(self, error: Exception) -> None:
        if not self.is_settled:
            self._error = error
            self._settle()

    @property
    def is_awaited(self) -> bool:
        """Whether a thread sleeps, or has slept, until this is settled."""
        return self._alarm is not None

    def prepare_to_sleep(self) -> None:
        # A plain lock: an interruption leaves an Event or a Condition locked for ever.
        if self._alarm is None:
            self._alarm = threading.Lock()
        self._alarm.acquire(blocking=False)

    def sleep(self, seconds: float) -> None:
        """Sleep until this is settled, or ``wake()`` is called."""
        if self._alarm is not None and not self.is_settled:
            self._alarm.acquire(timeout=seconds)

    def wake(self) -> None:
        if self._alarm is not None:
            with suppress(RuntimeError):  # awake already
                self._alarm.release()

    def _settle(self) -> None:
        self.is_settled = True
        self.wake()


def describe(error: Exception) -> str:
    """The class and text of an error, without a full stop and without arguments, which may tell who somebody is."""
    text = str(error).partition(", with args beginning with")[0].removesuffix(".")
    if isinstance(error, MovedError) or text.startswith("MOVED "):  # the latter before redis-py 6
        text += " (a node of a cluster: see active_users.cluster.ClusterConnectionFactory)"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


class NotRedis(redis.ConnectionError):
    """A cache is in order, but is not in Redis."""


class Connection(ABC):
    """Runs scripts on Redis. Nothing here waits for the network, except ``Reply.result()``."""

    @property
    @abstractmethod
    def is_paused(self) -> bool:
        """Whether Redis has failed, so that a command asked now would fail at once."""

    @property
    def paused_since(self) -> float | None:
        """Since when, in seconds since 1970, or ``None`` if it is not paused."""
        return None

    @property
    def lost_at(self) -> float:
        """When the link to Redis was last lost, by the monotonic clock: Redis may have been restarted empty."""
        return -math.inf

    @abstractmethod
    def ask(
        self,
        script: Script,
        keys: Sequence[str],
        arguments: Sequence[bytes | int],
        *,
        parse: Callable[[Any], Parsed],
        on_failure: Callable[[], object] | None = None,
        matters_for: float = 0,
    ) -> Reply[Parsed]:
        """
        Run a script. ``on_failure`` is called if the script turns out to have failed.

        ``matters_for`` says for how many seconds other answers are wrong if this one fails.
        """

    @abstractmethod
    def leave_out(self, seconds: float) -> None:
        """Take note that a command was not even asked, because of ``is_paused``. See ``matters_for``."""

    @abstractmethod
    def close(self) -> None:
        """Let go of everything. What is asked from now on fails."""
