"""
One pipelined connection per process to the Redis behind a cache alias.

Noting a person takes Redis some ten microseconds. What costs is waiting for the network, and redis-py's pool, so nobody
here waits unless they want an answer: ``ask()`` sends a command and returns a ``Reply`` at once; ``Reply.result()``
waits for it. All threads share the connection. One lock guards it and is never held while waiting for an answer, so
that a server which hangs stops only those who want something from it, and those only for the timeout.

Answers arrive in the order of the commands. Whoever waits reads what has arrived, for all, and whoever sends does now
and then: always before judging by the age of the oldest unanswered command whether the server hangs.

Every command that we send may be sent twice without harm. So when a connection turns out to be closed, because the
server was restarted or a load balancer tired of it, it is opened anew and what was unanswered is sent again, once. Only
when that fails too, or an answer does not come in time, has Redis failed: the breaker opens, and for ``retry_after``
seconds nothing is attempted; then one command is let through to see. While it is, nobody queues behind it.
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

# Answers that nobody waits for may lie unread so long, and so many of them, before who comes by reads them.
LIE_UNREAD = 0.02
MOST_UNREAD = 32
# A server or load balancer may have dropped a connection that was idle for so many seconds, without a word.
IDLE_SECONDS = 30


class PipelinedConnection(Connection):
    """See the module's docstring. ``make`` gives a redis-py connection that is not connected yet."""

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
        """Read answers until that of ``reply`` has come or is overdue."""
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
        Read what has arrived, then send; over a new connection if the present one turns out to be closed.

        ``is_readable``: something is known to have arrived.
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
        except BaseException:  # interrupted half-way, say by a server's time limit: nothing here can be trusted
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
        """Whether who only sends should read: not for every answer, for that takes longer than to send."""
        lain_since = self._unanswered[0].sent_at if self._unanswered else self._used_at
        return len(self._unanswered) >= MOST_UNREAD or time.monotonic() - lain_since > min(LIE_UNREAD, self.timeout / 2)

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
    """Whether something has arrived, be it that the connection was closed."""
    try:
        if not hasattr(select, "poll"):  # Windows
            return bool(select.select([socket], [], [], max(seconds, 0))[0])
        poller = select.poll()
        poller.register(socket, select.POLLIN)
        return bool(poller.poll(max(seconds, 0) * 1000))
    except ValueError:  # another thread has closed the socket meanwhile
        return False
