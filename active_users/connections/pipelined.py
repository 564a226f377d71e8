"""
One pipelined connection per process, which all its threads share and for which none of them queues.

Redis needs about ten microseconds to note a person. What costs time is waiting for the network, and redis-py's pool.
So ``ask()`` sends a command and returns a ``Reply`` at once; only ``Reply.result()`` waits. Of the threads that wait,
one watches the socket and reads whatever has arrived, on behalf of all; the others sleep. A thread that only sends
reads now and then. Connecting is left to a thread of its own:

    closed --ask--> connecting --> open --lost--> connecting
                        |            |
                        v            v  an answer is overdue or an error, or was lost twice
                      failed <-------+
                        |
                        +--every retry_after seconds, until Redis works again--> open

Until the first attempt has ended, and while a lost connection is replaced, commands wait in a queue. Threads wait for
the first connection as for an answer, and for a replacement only a part of the timeout. After a failure commands fail
at once, until the connecting thread has seen that Redis works again.

The lock guards the exchange and everything else that changes. It is held for steps that wait for nothing: not for the
network, not for another thread to start, not for a log handler or another function that is not ours. A signal handler
or a time limit may end a step at any point. ``_inside`` names the thread that is in a step. A thread that finds a name
there after it has got the lock knows that a step was not finished, and does without the link it was using. A function
that a signal or the garbage collector calls in the middle of a step cannot ask for anything.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeVar

import redis

from active_users.connections.base import Connection, Parsed, Reply, Script
from active_users.connections.breaker import CircuitBreaker, OutageLog
from active_users.connections.connecting import Connecting, Make
from active_users.connections.exchange import Exchange
from active_users.connections.link import Link

Result = TypeVar("Result")

# After this time an answer has usually arrived, and is read without watching for it.
USUAL_SECONDS: Final = 0.0005
# How long a thread watches or sleeps before it looks again, in case the one that watches was interrupted.
WATCH_SECONDS: Final = 0.02


class Refused(redis.ConnectionError):
    """This thread or process cannot use the connection now."""


class PipelinedConnection(Connection):
    """See the module's docstring. ``make`` returns a redis-py connection that is not connected yet."""

    def __init__(self, make: Make, *, timeout: float, retry_after: float, log: OutageLog | None = None) -> None:
        self.timeout = timeout
        self.retry_after = retry_after
        self._make = make
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._inside = 0
        self._exchange = Exchange(timeout, CircuitBreaker(log or OutageLog(retry_after)))
        self._connecting: Connecting | None = None
        self._watched_until = 0.0
        self._no_thread_until = 0.0
        self._is_closed = False

    @property
    def is_paused(self) -> bool:
        return self._exchange.breaker.failure is not None

    @property
    def paused_since(self) -> float | None:
        return self._exchange.breaker.since if self.is_paused else None

    @property
    def lost_at(self) -> float:
        return self._exchange.lost_at

    def leave_out(self, seconds: float) -> None:
        with suppress(Refused):
            self._do(self._exchange.breaker.leave_out, seconds)

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
        reply = Reply(script, keys, arguments, parse, on_failure, matters_for, self._wait_for)
        try:
            self._do(self._exchange.begin, reply)
        except Refused as error:
            reply.fail(error)
            if on_failure is not None:
                on_failure()
        return reply

    def close(self) -> None:
        if self._pid == os.getpid():
            self._do(self._close)

    def _wait_for(self, reply: Reply[Any]) -> None:
        try:
            while not reply.is_settled:
                patience = min(reply.asked_at + self.timeout - time.monotonic(), WATCH_SECONDS)
                if patience <= 0:
                    self._do(self._exchange.give_up, reply)
                elif (link := self._do(self._watch, reply)) is not None:
                    self._do(self._read, reply, link.wait(patience))
                else:
                    reply.sleep(patience)
        except Refused as error:
            reply.fail(error)

    def _do(self, step: Callable[..., Result], *arguments: Any) -> Result:
        """Do a step with the lock held, and after it what must not be done with the lock held."""
        if self._pid != os.getpid():
            raise Refused("asked before this process was forked")
        me = threading.get_ident()
        if self._inside == me and self._lock.locked():
            raise Refused("asked in the middle of asking")
        exchange = self._exchange
        with self._lock:
            is_unfinished, self._inside = self._inside, me
            if is_unfinished:
                exchange.lose(redis.ConnectionError("a thread was interrupted"), is_harmless=True)
            result = step(*arguments)
            if exchange.needs_link:
                self._connect()
            on_failures, exchange.on_failures = exchange.on_failures, []
            self._inside = 0
        for on_failure in on_failures:
            on_failure()
        return result

    # The steps that are not the exchange's alone:

    def _watch(self, reply: Reply[Any]) -> Link | None:
        """The link that this thread is to watch, or ``None`` if it is to sleep."""
        now = time.monotonic()
        if now >= self._watched_until and now - reply.asked_at > USUAL_SECONDS:
            self._exchange.read()
            if reply.is_settled:
                self._exchange.wake_one()  # who would have been woken by this thread, had it watched
        link = self._exchange.link
        if link is not None and not reply.is_settled and now >= self._watched_until:
            self._watched_until = now + WATCH_SECONDS
            return link
        self._exchange.await_link(reply, now)
        reply.prepare_to_sleep()
        return None

    def _read(self, reply: Reply[Any], has_arrived: bool) -> None:
        """Read what has arrived. If the answer to ``reply`` has, another thread is to watch."""
        if has_arrived:
            self._exchange.arrived_at = time.monotonic()
        self._watched_until = 0.0
        self._exchange.read()
        if reply.is_settled:
            self._exchange.wake_one()

    def _connect(self) -> None:
        """See to it that a thread connects."""
        is_connecting = self._connecting is not None and self._connecting.is_running
        if is_connecting or self._is_closed or time.monotonic() < self._no_thread_until:
            return
        connecting = Connecting(
            self._make,
            self._exchange.breaker,
            self.retry_after,
            self._exchange.lost_by,
            accept=partial(self._do, self._accept),
            reject=partial(self._do, self._reject),
        )
        try:
            connecting.start()
        except RuntimeError as error:  # there are too many threads, or the interpreter is shutting down
            self._no_thread_until = time.monotonic() + self.retry_after
            self._exchange.fail(error)
            self._exchange.on_failures.append(self._exchange.breaker.report)  # no thread is there to do it
        else:
            self._connecting = connecting

    def _accept(self, connecting: Connecting, link: Link) -> None:
        if self._is_closed or connecting is not self._connecting:
            link.close()
            return
        self._connecting = None
        self._watched_until = 0.0
        self._exchange.accept(link)
        self._exchange.wake_one()

    def _reject(self, connecting: Connecting, error: Exception) -> None:
        if connecting is self._connecting:
            self._exchange.fail(error)

    def _close(self) -> None:
        self._is_closed = True
        if self._connecting is not None:
            self._connecting.stop()
        self._exchange.fail(redis.ConnectionError("this connection was closed"))
