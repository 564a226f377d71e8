"""Connections to a test's server, and scripts to run through them."""

from __future__ import annotations

from typing import Any

import redis

from active_users.connections.base import Connection, Reply, Script
from active_users.connections.cache_alias import NO_DRIVER_INFO
from active_users.connections.connecting import Make
from active_users.connections.pipelined import PipelinedConnection

from .servers import Server

ECHO = Script(b"return ARGV[1]")
BIG = Script(b"return string.rep('x', ARGV[1])")

_connections: list[PipelinedConnection] = []


def connect_to(path: str, timeout: float, **options: Any) -> Any:
    """A connection of redis-py's as ours makes them: no round trip but the connect."""
    options |= {"path": path, "socket_timeout": timeout, "protocol": 2, **NO_DRIVER_INFO}
    return redis.UnixDomainSocketConnection(**options)  # type: ignore[abstract]


def pipelined(server: Server, *, timeout: float = 10, retry_after: float = 0.1, **options: Any) -> PipelinedConnection:
    """
    A pipelined connection to ``server``, with ``options`` of redis-py's.

    By default it waits longer than a busy machine makes anything last.
    """
    return connection_by(
        lambda error: connect_to(server.socket, timeout, **options), timeout=timeout, retry_after=retry_after
    )


def pipelined_over_tcp(
    port: int, *, host: str = "localhost", ca_file: str = "", timeout: float = 20, retry_after: float = 0.1
) -> PipelinedConnection:
    """A pipelined connection to a port, with TLS if the file of a certificate authority is given."""
    options: dict[str, Any] = {"host": host, "port": port, "socket_timeout": timeout, "protocol": 2, **NO_DRIVER_INFO}
    kind = redis.SSLConnection if ca_file else redis.Connection
    if ca_file:
        options["ssl_ca_certs"] = ca_file
    return connection_by(lambda error: kind(**options), timeout=timeout, retry_after=retry_after)


def connection_by(make: Make, *, timeout: float, retry_after: float) -> PipelinedConnection:
    """A connection that is closed when the test is over."""
    made = PipelinedConnection(make, timeout=timeout, retry_after=retry_after)
    _connections.append(made)
    return made


def close_connections() -> None:
    while _connections:
        _connections.pop().close()


def echo(connection: Connection, text: str) -> Reply[str]:
    return connection.ask(ECHO, [], [text.encode()], parse=bytes.decode)


def answers_gone_astray(connection: Connection, name: object, number: int) -> list[str]:
    """Ask for ``number`` echoes, one after the other, and return those that came back as something else."""
    texts = [f"{name}.{which}" for which in range(number)]
    return [text for text in texts if echo(connection, text).result() != text]
