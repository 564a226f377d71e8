"""What the store asks of a connection, however Redis is reached: run a script now, reply later."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha1
from typing import Any, Generic, TypeVar

import redis

from active_users.connections.breaker import CircuitBreaker
from active_users.exceptions import ActiveUsersUnavailable

Parsed = TypeVar("Parsed")


@dataclass(frozen=True, eq=False)
class Script:
    """
    A Lua script.

    While a ``decisive`` script fails, no other answer can be right, so only its own success closes the breaker.
    """

    source: str
    decisive: bool = False

    @cached_property
    def sha(self) -> str:
        return sha1(self.source.encode(), usedforsecurity=False).hexdigest()


class Reply(Generic[Parsed]):
    """The answer to a command, which may still be on its way."""

    def __init__(
        self,
        script: Script,
        keys: Sequence[str],
        arguments: Sequence[bytes | str | int],
        parse: Callable[[Any], Parsed],
        on_failure: Callable[[], object] | None,
        wait_for: Callable[[Reply[Any]], None],
    ) -> None:
        self.script = script
        self.keys = keys
        self.parameters = (len(keys), *keys, *arguments)
        self.sent_at = 0.0
        self.is_repeated = False
        self.is_settled = False
        self._parse = parse
        self._on_failure = on_failure
        self._wait_for = wait_for
        self._value: Any = None
        self._error: Exception | None = None

    def result(self) -> Parsed:
        """
        Wait for the answer, at most the connection's timeout.

        Raises ``ActiveUsersUnavailable`` if none comes.
        """
        if not self.is_settled:
            self._wait_for(self)
        if self._error is not None:
            raise ActiveUsersUnavailable(f"Redis did not answer: {self._error}") from self._error
        return self._parse(self._value)

    def succeed(self, value: Any) -> None:
        self._value = value
        self.is_settled = True

    def fail(self, error: Exception | None) -> None:
        self._error = error or redis.ConnectionError("not asked")
        self.is_settled = True
        if self._on_failure is not None:
            self._on_failure()


class Connection(ABC):
    """Runs scripts on Redis. Subclasses differ in how they reach it."""

    def __init__(self, *, retry_after: float) -> None:
        self._breaker = CircuitBreaker(retry_after)

    @property
    def is_paused(self) -> bool:
        """Whether Redis has failed, so that a command sent now would fail at once."""
        return self._breaker.is_paused

    @property
    @abstractmethod
    def is_ready(self) -> bool:
        """Whether ``ask()`` returns without waiting."""

    def ask(
        self,
        script: Script,
        keys: Sequence[str],
        arguments: Sequence[bytes | str | int],
        *,
        parse: Callable[[Any], Parsed],
        on_failure: Callable[[], object] | None = None,
    ) -> Reply[Parsed]:
        """Run a script. Never raises; ``on_failure`` is called if the script turns out to have failed."""
        reply = Reply(script, keys, arguments, parse, on_failure, self.wait_for)
        self.submit(reply)
        return reply

    @abstractmethod
    def submit(self, reply: Reply[Any]) -> None:
        """Send the command that ``reply`` answers, or settle the reply."""

    @abstractmethod
    def wait_for(self, reply: Reply[Any]) -> None:
        """Wait until ``reply`` is settled."""
