"""Clocks that a test can turn instead of waiting: of this process, and of the server."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

from active_users.connections.base import Connection, Reply, Script
from active_users.connections.pipelined import PipelinedConnection
from active_users.connections.registry import _connections
from active_users.store.sharded import ActiveUserStore

from .servers import Server

# UTC, in milliseconds since 1970.
NOON: Final = 20_000 * 24 * 3600 * 1000 + 12 * 3600 * 1000

MakeStore = Callable[..., ActiveUserStore]


class Clock:
    """Replaces ``time.monotonic()`` in this process. Redis keeps its own time."""

    def __init__(self) -> None:
        self._real = time.monotonic
        self._ahead = 0.0

    def __call__(self) -> float:
        return self._real() + self._ahead

    def put_forward(self, seconds: float) -> None:
        """Waits for what has been asked, which would be overdue then, unless the server answers nothing."""
        until = self._real() + 2
        for _, connection in list(_connections.values()):
            exchange = connection._exchange if isinstance(connection, PipelinedConnection) else None
            while exchange is not None and exchange._in_flight and self._real() < until:
                connection._do(exchange.read)  # type: ignore[attr-defined]
                time.sleep(0.001)
        self._ahead += seconds


class ServerClock(Connection):
    """A connection whose scripts read the time from a key of the server: ``NOON``, until a test sets it."""

    def __init__(self, connection: Connection, server: Server) -> None:
        self._connection = connection
        self._server = server
        self._key = f"clock-{uuid4().hex[:12]}"
        self._scripts: dict[Script, Script] = {}
        self.set(NOON)

    def set(self, milliseconds: int) -> None:
        self.milliseconds = milliseconds
        seconds, rest = divmod(milliseconds, 1000)
        self._server.client.hset(self._key, mapping={"seconds": seconds, "microseconds": rest * 1000 + 999})

    def put_forward(self, milliseconds: int) -> None:
        self.set(self.milliseconds + milliseconds)

    def _clocked(self, script: Script) -> Script:
        time, ours = b"call('TIME')", f"call('HMGET', '{self._key}', 'seconds', 'microseconds')"
        assert script.source.count(time) == 1
        return self._scripts.setdefault(script, Script(script.source.replace(time, ours.encode()), script.probe))

    @property
    def is_paused(self) -> bool:
        return self._connection.is_paused

    def ask(self, script: Script, *arguments: Any, **options: Any) -> Reply[Any]:
        return self._connection.ask(self._clocked(script), *arguments, **options)

    def leave_out(self, seconds: float) -> None:
        self._connection.leave_out(seconds)

    def close(self) -> None:
        self._server.client.delete(self._key)
        self._connection.close()
