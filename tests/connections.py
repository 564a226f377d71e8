"""Connections to a test's server, and scripts to run through them."""

from __future__ import annotations

from typing import Any

import redis

from active_users.connections.base import Connection, Reply, Script
from active_users.connections.cache_alias import NO_DRIVER_INFO
from active_users.connections.pipelined import PipelinedConnection

from .servers import Server

ECHO = Script("return ARGV[1]")
BIG = Script("return string.rep('x', ARGV[1])")


def connect_to(path: str, timeout: float, **options: Any) -> Any:
    """A connection of redis-py's as ours makes them: no round trip but the connect."""
    options |= {"path": path, "socket_timeout": timeout, "protocol": 2, **NO_DRIVER_INFO}
    return redis.UnixDomainSocketConnection(**options)  # type: ignore[abstract]


def pipelined(server: Server, *, timeout: float = 10, retry_after: float = 0.1, **options: Any) -> PipelinedConnection:
    """
    A pipelined connection to ``server``, with ``options`` of redis-py's.

    By default it waits longer than a busy machine makes anything last.
    """
    return PipelinedConnection(
        lambda: connect_to(server.socket, timeout, **options), timeout=timeout, retry_after=retry_after
    )


def echo(connection: Connection, text: str) -> Reply[str]:
    return connection.ask(ECHO, [], [text], parse=bytes.decode)


def answers_gone_astray(connection: Connection, name: object, number: int) -> list[str]:
    """Ask for ``number`` echoes, one after the other, and return those that came back as something else."""
    texts = [f"{name}.{which}" for which in range(number)]
    return [text for text in texts if echo(connection, text).result() != text]
