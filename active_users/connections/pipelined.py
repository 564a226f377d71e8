"""
One pipelined connection per process to the Redis behind a cache alias.

Redis needs about ten microseconds to note a person. What costs time is waiting for the network, and redis-py's pool.
So ``ask()`` sends a command and returns a ``Reply`` at once; only ``Reply.result()`` waits. All threads share the
connection. A lock guards it; a thread releases the lock while it waits for an answer to begin to arrive, so a server
that hangs delays only the threads that want an answer, and those only for the timeout.

Answers arrive in the order of the commands. A thread that waits reads whatever has arrived, on behalf of all. A thread
that only sends reads now and then, and always before it concludes from the age of the oldest unanswered command that
the server hangs.

Every command may be sent twice without harm. So when a connection turns out to be closed, because the server was
restarted or a load balancer dropped it, a new one is opened and the unanswered commands are sent again, once. Only if
that fails too, or an answer does not come in time, has Redis failed: the breaker opens, and for ``retry_after`` seconds
nothing is attempted. Then one command is let through as a probe, and nobody queues behind it.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import redis
from redis.connection import AbstractConnection
from redis.exceptions import NoScriptError, RedisError, ResponseError

from active_users.connections.base import Connection, Reply, Script

# How long, and how many, unread answers may pile up before the next sender reads them.
MAX_UNREAD_SECONDS = 0.02
MAX_UNREAD_ANSWERS = 32
# After this many idle seconds a load balancer may have dropped the connection without a word.
IDLE_SECONDS = 30


class PipelinedConnection(Connection):
    """See the module's docstring. ``make`` returns a redis-py connection that is not connected yet."""

    def __init__(self, make: Callable[[], AbstractConnection], *, timeout: float, retry_after: float) -> None:
        super().__init__(retry_after=retry_after)
        self.timeout = timeout
        self._make = make
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._connection: AbstractConnection | None = None
        self._known_scripts: set[Script] = set()
        self._unanswered: deque[Reply[Any]] = deque()
        self._used_at = 0.0
        self._reads = 0

    @property
    def is_ready(self) -> bool:
        return self._connection is not None and not self._breaker.is_open and not self._is_stale()

    def submit(self, reply: Reply[Any]) -> None:
        is_probe = self._breaker.is_open
        if not self._lock.acquire(blocking=not is_probe):
            reply.fail(redis.ConnectionError("another thread is trying whether Redis is back"))
            return
        try:
            if self._breaker.admits(reply.script):
                self._exchange(reply)
            else:
                reply.fail(self._breaker.failure)
        finally:
            self._lock.release()
        if is_probe and not reply.is_settled:
            self.wait_for(reply)

    def wait_for(self, reply: Reply[Any]) -> None:
        """Read answers until the one for ``reply`` has come or is overdue."""
        if os.getpid() != self._pid:
            reply.fail(redis.ConnectionError("asked before this process was forked"))
            return
        reads = -1
        while True:
            with self._lock:
                if not reply.is_settled:
                    self._exchange(is_readable=reads == self._reads)
                if reply.is_settled or self._connection is None:
                    return
                reads = self._reads
                socket: Any = self._connection._sock  # redis-py has no public name for it
                patience = self._unanswered[0].sent_at + self.timeout - time.monotonic()
            if not _wait_until_readable(socket, patience):
                reads = -1

    def _exchange(self, *replies: Reply[Any], is_readable: bool = False) -> None:
        """
        Read what has arrived, then send ``replies``, over a new connection if this one turns out to be closed.

        ``is_readable`` says that something is known to have arrived.
        """
        is_new = False
        try:
            connection = self._connection
            if connection is not None and (not replies or self._should_read()):
                self._read_arrived(connection, is_readable)
                if self._is_stale():
                    self._close(redis.ConnectionError("the connection was idle for too long"))
                    connection = None
                self._check_patience()
            if connection is None:
                is_new = True
                connection = self._open()
            for reply in replies:
                self._send(connection, reply)
        except RedisError as error:
            lost = [*self._unanswered, *(reply for reply in replies if reply not in self._unanswered)]
            self._unanswered.clear()
            self._close(error)
            self._recover(error, lost, was_closed=not is_new and not isinstance(error, redis.TimeoutError))
        except BaseException:  # interrupted, perhaps half-way through a command
            self._close(redis.ConnectionError("interrupted"))
            raise

    def _recover(self, error: RedisError, lost: list[Reply[Any]], *, was_closed: bool) -> None:
        if was_closed and not any(reply.is_repeated for reply in lost):
            for reply in lost:
                reply.is_repeated = reply.sent_at > 0
            if lost:
                self._exchange(*lost)
        else:
            self._breaker.open(error)
            for reply in lost:
                reply.fail(error)

    def _read_arrived(self, connection: AbstractConnection, is_readable: bool) -> None:
        while (is_readable or connection.can_read()) and self._unanswered:
            is_readable = False
            self._reads += 1
            reply = self._unanswered[0]
            try:
                value = connection.read_response(disconnect_on_error=True)
            except NoScriptError as error:
                self._unanswered.popleft()
                self._known_scripts.discard(reply.script)
                if reply.is_repeated:
                    reply.fail(error)
                else:
                    reply.is_repeated = True
                    self._send(connection, reply)
            except ResponseError as error:
                self._unanswered.popleft().fail(error)
                self._breaker.open(error, closed_by=reply.script if reply.script.decisive else None)
            else:
                self._unanswered.popleft().succeed(value)
                self._breaker.close(reply.script)

    def _should_read(self) -> bool:
        """Whether a thread that only sends should read first. Not every time: reading takes longer than sending."""
        unread_since = self._unanswered[0].sent_at if self._unanswered else self._used_at
        return len(self._unanswered) >= MAX_UNREAD_ANSWERS or time.monotonic() - unread_since > min(
            MAX_UNREAD_SECONDS, self.timeout / 2
        )

    def _check_patience(self) -> None:
        if self._unanswered and time.monotonic() - self._unanswered[0].sent_at >= self.timeout:
            raise redis.TimeoutError(f"no answer within {self.timeout} s")

    def _send(self, connection: AbstractConnection, reply: Reply[Any]) -> None:
        script = reply.script
        command = (b"EVALSHA", script.sha) if script in self._known_scripts else (b"EVAL", script.source)
        self._unanswered.append(reply)
        connection.send_packed_command(connection.pack_command(*command, *reply.parameters), check_health=False)
        self._used_at = reply.sent_at = time.monotonic()
        self._known_scripts.add(script)

    def _open(self) -> AbstractConnection:
        connection = self._make()
        connection.connect()
        self._known_scripts.clear()
        self._used_at = time.monotonic()
        self._connection = connection
        return connection

    def _is_stale(self) -> bool:
        return self._connection is not None and time.monotonic() - self._used_at > IDLE_SECONDS

    def _close(self, error: RedisError) -> None:
        if self._connection is not None:
            self._connection.disconnect()
            self._connection = None
        while self._unanswered:
            self._unanswered.popleft().fail(error)


def _wait_until_readable(socket: Any, seconds: float) -> bool:
    """Whether there is something to read, if only that the connection was closed."""
    try:
        if not hasattr(select, "poll"):  # Windows
            return bool(select.select([socket], [], [], max(seconds, 0))[0])
        poller = select.poll()
        poller.register(socket, select.POLLIN)
        return bool(poller.poll(max(seconds, 0) * 1000))
    except ValueError:  # another thread has just closed the socket
        return False
