"""A connection to a cluster: one to the node of each hash tag."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from redis.connection import AbstractConnection

from active_users.connections.base import Connection, Parsed, Reply, Script
from active_users.connections.breaker import OutageLog
from active_users.connections.pipelined import PipelinedConnection


class ClusterConnection(Connection):
    """
    Has a pipelined connection for each hash tag, so that a node which is down or hangs concerns only its own tags.

    ``make`` returns a connection to the node that holds a key, given the key and the error that ended the last one.
    """

    def __init__(
        self, make: Callable[[str, Exception | None], AbstractConnection], *, timeout: float, retry_after: float
    ) -> None:
        self.timeout = timeout
        self.retry_after = retry_after
        self._make = make
        self._log = OutageLog(retry_after)
        self._by_tag: dict[str, PipelinedConnection] = {}

    @property
    def is_paused(self) -> bool:
        return False  # other tags may be well

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
        connection = self._connection_to(keys[0])
        return connection.ask(script, keys, arguments, parse=parse, on_failure=on_failure, matters_for=matters_for)

    def leave_out(self, seconds: float) -> None:
        for connection in list(self._by_tag.values()):
            connection.leave_out(seconds)

    def close(self) -> None:
        for connection in list(self._by_tag.values()):
            connection.close()

    def _connection_to(self, key: str) -> PipelinedConnection:
        tag = key.partition("}")[0]
        found = self._by_tag.get(tag)
        if found is None:
            made = PipelinedConnection(
                partial(self._make, key), timeout=self.timeout, retry_after=self.retry_after, log=self._log
            )
            found = self._by_tag.setdefault(tag, made)
        return found
