"""Connects to Redis in a thread, so that no request waits for a look-up, a handshake, or a server that is down."""

from __future__ import annotations

import _thread
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress

from redis.connection import AbstractConnection
from redis.exceptions import AskError, MovedError

from active_users.connections.breaker import CircuitBreaker
from active_users.connections.link import Link

# Returns a redis-py connection that is not connected yet. It is told the error that ended the last one.
Make = Callable[[Exception | None], AbstractConnection]


class Life:
    """Held by a running thread and by nothing else, so that it is gone when the thread is, however that ended."""


class Connecting:
    """
    Connects in a thread of its own, again and again until it works or ``stop()`` is called.

    ``accept`` gets the open connection, and ``reject`` the error of an attempt that failed. While Redis is known to
    fail, an attempt is made every ``retry_after`` seconds, and includes asking Redis for what it failed to do.
    """

    def __init__(
        self,
        make: Make,
        breaker: CircuitBreaker,
        retry_after: float,
        reason: Exception | None,
        accept: Callable[[Connecting, Link], None],
        reject: Callable[[Connecting, Exception], None],
    ) -> None:
        self._make = make
        self._breaker = breaker
        self._retry_after = retry_after
        self._reason = reason
        self._accept = accept
        self._reject = reject
        self._stopping = threading.Lock()
        self._find_life: Callable[[], Life | None] = lambda: None

    def start(self) -> None:
        """
        Start the thread. Raises ``RuntimeError`` if there can be no more threads.

        ``Thread.start()`` would wait for it, in a way that an interruption breaks.
        """
        self._stopping.acquire(blocking=False)
        life = Life()
        self._find_life = weakref.ref(life)
        _thread.start_new_thread(self._run, (life,))

    def stop(self) -> None:
        with suppress(RuntimeError):  # stopped already
            self._stopping.release()

    @property
    def is_running(self) -> bool:
        return self._find_life() is not None

    def _run(self, life: Life) -> None:
        try:
            self._connect_until_it_works()
        finally:
            del life  # an error's traceback may keep this frame, and all that is in it

    def _connect_until_it_works(self) -> None:
        while self._stopping.locked():
            if self._breaker.failure is not None:
                self._breaker.report()
                if self._stopping.acquire(timeout=self._retry_after):
                    return
            try:
                link = self._connect()
            except Exception as error:  # also of a credential provider, or of a mistake in CACHES
                self._reason = error
                self._reject(self, error)
            else:
                self._accept(self, link)
                self._breaker.report()
                return

    def _connect(self) -> Link:
        connection = self._make(self._reason)
        try:
            connection.connect()
            asking = isinstance(self._reason, AskError) and not isinstance(self._reason, MovedError)
            if self._breaker.failure is not None:
                self._try(connection, asking)
            return Link(connection, asking=asking)
        except BaseException:
            with suppress(Exception):
                connection.disconnect()
            raise

    def _try(self, connection: AbstractConnection, asking: bool) -> None:
        """Have Redis do what it failed to do, or the like, so that no request has to find out whether it works."""
        for script, parameters in self._breaker.probes:
            for command in ((b"EVAL", script.source), (b"EVALSHA", script.sha)):
                if asking:
                    connection.send_packed_command(connection.pack_command(b"ASKING"), check_health=False)
                    connection.read_response()
                connection.send_packed_command(connection.pack_command(*command, *parameters), check_health=False)
                connection.read_response()
