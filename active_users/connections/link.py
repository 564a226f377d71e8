"""An open connection to Redis whose socket never blocks."""

from __future__ import annotations

import select
import ssl
import sys
import time
from typing import Any, cast

import redis
from redis.connection import AbstractConnection
from redis.exceptions import AskError, ClusterDownError, ReadOnlyError, TryAgainError

from active_users.connections.base import Reply, Script

# With these a server says that another one may do it: a master after a failover, or the node that has the slot now.
NOT_HERE = (AskError, ClusterDownError, ReadOnlyError, TryAgainError)
WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Link:
    """
    Sends commands and reads answers over a connection that redis-py has opened. Only ``wait()`` waits.

    ``asking`` is for the node that a cluster is moving a slot to: it answers only commands that ask for it.
    """

    def __init__(self, connection: AbstractConnection, *, asking: bool = False) -> None:
        self._connection = connection
        self._socket: Any = cast(Any, connection)._sock  # redis-py has no public name for it
        self._socket.setblocking(False)
        self._known_scripts: set[Script] = set()
        self._unsent = bytearray()
        self._asking = asking
        self._is_allowed = False  # the answer to ASKING has been read

    def send(self, reply: Reply[Any]) -> None:
        """Send a command, as far as the network takes it now; ``flush()`` sends the rest."""
        script = reply.script
        name, text = (b"EVALSHA", script.sha) if script in self._known_scripts else (b"EVAL", script.source)
        self._known_scripts.add(script)
        if self._asking:
            self._unsent += b"".join(self._connection.pack_command(b"ASKING"))
        data = b"".join(self._connection.pack_command(name, text, *reply.parameters))
        if self._unsent:
            self._unsent += data
            self.flush()
        else:
            self._unsent += data[self._transmit(data) :]

    def flush(self) -> None:
        if self._unsent:
            del self._unsent[: self._transmit(self._unsent)]

    def _transmit(self, data: bytes | bytearray) -> int:
        try:
            sent: int = self._socket.send(data)
        except WOULD_BLOCK:
            return 0
        return sent

    def read(self) -> Any:
        """
        The next answer. Raises ``BlockingIOError`` if it has not arrived yet, or not whole.

        Raises ``redis.ResponseError`` for an answer that is an error, else ``redis.RedisError`` or ``OSError``.
        """
        if self._asking and not self._is_allowed:
            self._read_one()
            self._is_allowed = True
        try:
            value = self._read_one()
        except redis.ResponseError:
            self._is_allowed = False
            raise
        self._is_allowed = False
        return value

    def _read_one(self) -> Any:
        outer = sys.exception()  # of whoever asks: it becomes the context of ours
        try:
            return self._connection.read_response(disconnect_on_error=False)
        except redis.ConnectionError as error:
            if error.__context__ is not outer and isinstance(error.__context__, WOULD_BLOCK):
                raise BlockingIOError from None
            raise

    def wait(self, seconds: float) -> bool:
        """Wait until there is something to read, if only that the connection was closed, or to ``flush()``."""
        try:
            if not hasattr(select, "poll"):
                return self._wait_without_poll(max(seconds, 0))
            poller = select.poll()
            poller.register(self._socket, select.POLLIN | select.POLLOUT if self._unsent else select.POLLIN)
            return bool(poller.poll(max(seconds, 0) * 1000))
        except (OSError, ValueError):  # another thread has just closed the socket
            if self._socket.fileno() >= 0:  # e.g. a time limit's TimeoutError, from a signal handler
                raise
            return True

    def _wait_without_poll(self, seconds: float) -> bool:
        """For Windows, and for eventlet, which raises ``RuntimeError`` if another greenlet still watches."""
        writers = [self._socket] if self._unsent else []
        try:
            return any(select.select([self._socket], writers, [], seconds))
        except RuntimeError:
            time.sleep(seconds)
            return False

    def is_closed(self) -> bool:
        """Whether the other side has closed it. To be asked only when no answer is to come."""
        try:
            self._socket.recv(1)
        except WOULD_BLOCK:
            return False
        except OSError:
            return True
        return True

    def forget_scripts(self) -> None:
        self._known_scripts.clear()

    def close(self) -> None:
        self._connection.disconnect()
