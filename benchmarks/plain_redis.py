"""The least that redis-py can do: one of its connections, with no pool and no client around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from redis import Connection, ConnectionPool


@contextmanager
def plain_connection(url: str) -> Iterator[Callable[..., Any]]:
    """Give a function that sends one command and waits for the answer."""
    connection: Any = ConnectionPool.from_url(url, socket_timeout=30, protocol=2).make_connection()
    connection.connect()

    def call(*command: str | int) -> Any:
        connection.send_packed_command(connection.pack_command(*command), check_health=False)
        return connection.read_response()

    try:
        yield call
    finally:
        connection.disconnect()


def pack(*command: str | int) -> bytes:
    return b"".join(Connection().pack_command(*command))
