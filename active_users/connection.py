"""
One pipelined connection per process to the Redis behind a cache alias.

Noting a person takes Redis some ten microseconds. What costs is waiting for the network, and redis-py's pool, so nobody
here waits unless they want an answer: ``ask()`` sends a command and returns a ``Reply`` at once; ``Reply.result()``
waits for it. All threads share the connection. One lock guards it and is never held while waiting for an answer, so
that a server which hangs stops only those who want something from it, and those only for the timeout.

Answers arrive in the order of the commands. Whoever comes next reads what has arrived, for all: before sending, and
before judging by the age of the oldest unanswered command whether the server hangs.

Every command that we send may be sent twice without harm. So when a connection turns out to be closed, because the
server was restarted or a load balancer tired of it, it is opened anew and what was unanswered is sent again, once. Only
when that fails too, or an answer does not come in time, has Redis failed: the breaker opens, and for ``retry_after``
seconds nothing is attempted; then one command is let through to see. While it is, nobody queues behind it.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha1
from multiprocessing.connection import wait
from typing import Any, Generic, TypeVar

import redis
from django.core.cache import InvalidCacheBackendError, caches
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.connection import AbstractConnection
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.retry import Retry

from active_users.exceptions import ActiveUsersUnavailable
from active_users.settings import active_users_settings

logger = logging.getLogger("active_users")

Answer = TypeVar("Answer")

# A server or load balancer may have dropped a connection that was idle for so many seconds, without a word.
IDLE_SECONDS = 30


@dataclass(frozen=True, eq=False)
class Script:
    """
    A Lua script.

    While a ``decisive`` one fails, no other answer can be right either, so that only its success closes the breaker.
    """

    source: str
    decisive: bool = False

    @cached_property
    def sha(self) -> str:
        return sha1(self.source.encode(), usedforsecurity=False).hexdigest()


class Reply(Generic[Answer]):
    """The answer to a command, perhaps still under way."""

    def __init__(
        self,
        connection: PipelinedConnection,
        script: Script,
        keys: Sequence[str],
        arguments: Sequence[bytes | str | int],
        parse: Callable[[Any], Answer],
        on_failure: Callable[[], object] | None,
    ) -> None:
        self.script = script
        self.parameters = (len(keys), *keys, *arguments)
        self.sent_at = 0.0
        self.is_repeated = False
        self.is_settled = False
        self._connection = connection
        self._parse = parse
        self._on_failure = on_failure
        self._value: Any = None
        self._error: RedisError | None = None

    def result(self) -> Answer:
        """
        Wait for the answer, at most the connection's timeout.

        Raises ``ActiveUsersUnavailable`` where there is none.
        """
        if not self.is_settled:
            self._connection.wait_for(self)
        if self._error is not None:
            raise ActiveUsersUnavailable(f"Redis did not answer: {self._error}") from self._error
        return self._parse(self._value)

    def succeed(self, value: Any) -> None:
        self._value = value
        self.is_settled = True

    def fail(self, error: RedisError) -> None:
        self._error = error
        self.is_settled = True
        if self._on_failure is not None:
            self._on_failure()


class PipelinedConnection:
    """See the module's docstring. ``make`` gives a redis-py connection that is not connected yet."""

    def __init__(self, make: Callable[[], AbstractConnection], *, timeout: float, retry_after: float) -> None:
        self.timeout = timeout
        self.retry_after = retry_after
        self._make = make
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._connection: AbstractConnection | None = None
        self._known_scripts: set[Script] = set()
        self._unanswered: deque[Reply[Any]] = deque()
        self._used_at = 0.0
        # The breaker: why it is open, the script whose success is needed to close it, and when to try next.
        self._failure: RedisError | None = None
        self._failed_script: Script | None = None
        self._retry_at = 0.0

    @property
    def is_paused(self) -> bool:
        """Whether the breaker is open and it is not yet time to try again: what is asked now fails at once."""
        return self._failure is not None and time.monotonic() < self._retry_at

    @property
    def is_ready(self) -> bool:
        """Whether ``ask()`` neither opens a connection nor probes, and so waits for nothing."""
        return self._connection is not None and self._failure is None and not self._is_stale()

    def ask(
        self,
        script: Script,
        keys: Sequence[str],
        arguments: Sequence[bytes | str | int],
        *,
        parse: Callable[[Any], Answer],
        on_failure: Callable[[], object] | None = None,
    ) -> Reply[Answer]:
        """Send a command. Never raises; ``on_failure`` is called once it is known to have failed."""
        reply = Reply(self, script, keys, arguments, parse, on_failure)
        if not self._lock.acquire(blocking=self._failure is None):
            reply.fail(redis.ConnectionError("another thread is trying whether Redis is back"))
            return reply
        is_probe = False
        try:
            if self._failure is None:
                self._exchange(reply)
            elif time.monotonic() < self._retry_at or self._failed_script not in (None, script):
                reply.fail(self._failure)
            else:
                is_probe = True
                self._retry_at = time.monotonic() + self.retry_after
                self._exchange(reply)
        finally:
            self._lock.release()
        if is_probe:
            self.wait_for(reply)
        return reply

    def wait_for(self, reply: Reply[Any]) -> None:
        """Read answers until that of ``reply`` has come or is overdue."""
        if os.getpid() != self._pid:
            reply.fail(redis.ConnectionError("asked before this process was forked"))
            return
        while True:
            with self._lock:
                if not reply.is_settled:
                    self._exchange()
                if reply.is_settled or self._connection is None:
                    return
                socket: Any = self._connection._sock  # redis-py has no public name for it
                patience = self._unanswered[0].sent_at + self.timeout - time.monotonic()
            try:
                wait([socket], max(patience, 0))
            except ValueError:  # another thread has closed it meanwhile
                continue

    def _exchange(self, *replies: Reply[Any]) -> None:
        """Read what has arrived, then send; over a new connection if the present one turns out to be closed."""
        is_new = False
        try:
            connection = self._connection
            if connection is not None:
                self._read_arrived(connection)
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
                reply.is_repeated = True
            if lost:
                self._exchange(*lost)
        else:
            self._open_breaker(error)
            for reply in lost:
                reply.fail(error)

    def _read_arrived(self, connection: AbstractConnection) -> None:
        while connection.can_read() and self._unanswered:
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
                self._open_breaker(error, reply.script if reply.script.decisive else None)
            else:
                self._unanswered.popleft().succeed(value)
                self._close_breaker(reply.script)

    def _check_patience(self) -> None:
        if self._unanswered and time.monotonic() - self._unanswered[0].sent_at >= self.timeout:
            raise redis.TimeoutError(f"no answer within {self.timeout} s")

    def _send(self, connection: AbstractConnection, reply: Reply[Any]) -> None:
        script = reply.script
        command = ("EVALSHA", script.sha) if script in self._known_scripts else ("EVAL", script.source)
        self._unanswered.append(reply)
        self._used_at = reply.sent_at = time.monotonic()
        connection.send_packed_command(connection.pack_command(*command, *reply.parameters), check_health=False)
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

    def _open_breaker(self, error: RedisError, script: Script | None = None) -> None:
        if self._failure is None:
            logger.warning("Redis fails (%s): active users are unknown. Trying every %s s.", error, self.retry_after)
        self._failure = error
        self._failed_script = script
        self._retry_at = time.monotonic() + self.retry_after

    def _close_breaker(self, script: Script) -> None:
        if self._failure is not None and self._failed_script in (None, script):
            logger.info("Redis answers again.")
            self._failure = self._failed_script = None


_connections: dict[tuple[int, str, float, float], tuple[Any, PipelinedConnection]] = {}


def get_connection(alias: str, *, timeout: float, retry_after: float) -> PipelinedConnection:
    """This process's connection to the Redis behind the cache ``alias``."""
    configuration = active_users_settings.CACHES.get(alias)
    key = (os.getpid(), alias, timeout, retry_after)
    known, connection = _connections.get(key, (None, None))
    if connection is None or known is not configuration:
        connection = PipelinedConnection(partial(_make, alias, timeout), timeout=timeout, retry_after=retry_after)
        _connections[key] = (configuration, connection)
    return connection


def find_pool(alias: str) -> redis.ConnectionPool:
    """
    The pool of the cache ``alias``, for what it knows about the server; we take no connection from it.

    Raises ``redis.ConnectionError`` where there is no such cache, or it is not one of Redis.
    """
    try:
        cache = caches[alias]
    except InvalidCacheBackendError as error:
        raise redis.ConnectionError(f"there is no cache {alias!r}") from error
    client: Any = None
    if isinstance(cache, RedisCache):
        client = cache._cache.get_client(None, write=True)
    elif hasattr(cache, "client"):  # django-redis
        client = cache.client.get_client(write=True)
    pool = getattr(client, "connection_pool", None)
    if not isinstance(pool, redis.ConnectionPool):
        raise redis.ConnectionError(f"the cache {alias!r} is not one of Redis: {type(cache).__name__}")
    return pool


def _make(alias: str, timeout: float) -> AbstractConnection:
    pool = find_pool(alias)
    options = {name: value for name, value in pool.connection_kwargs.items() if "maint_notifications" not in name}
    options |= {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "retry": Retry(NoBackoff(), 0),
        "retry_on_timeout": False,
        "retry_on_error": [],
        "health_check_interval": 0,
        "decode_responses": False,
        "protocol": 2,  # RESP3 would give us nothing but messages that we did not ask for
        **_NO_DRIVER_INFO,
    }
    connection: AbstractConnection = pool.connection_class(**options)
    return connection


# Two round trips less when connecting. Where redis-py knows DriverInfo, the other names are deprecated.
_NO_DRIVER_INFO = {"driver_info": None} if hasattr(redis, "DriverInfo") else {"lib_name": None, "lib_version": None}
