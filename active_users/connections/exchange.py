"""Commands and their answers, in order, over one link after another."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import redis
from redis.exceptions import NoScriptError, RedisError, ResponseError

from active_users.connections.base import Reply
from active_users.connections.breaker import CircuitBreaker
from active_users.connections.link import NOT_HERE, Link

# How long, and how many, unread answers may pile up before the next command is sent.
MAX_UNREAD_SECONDS: Final = 0.02
MAX_UNREAD_ANSWERS: Final = 32
# After this many idle seconds a load balancer may have dropped the connection without a word.
IDLE_SECONDS: Final = 30
# For what part of the timeout threads wait for a link in place of one that was lost. If that takes longer, its name may
# not resolve, or packets may be swallowed.
PART_FOR_NEXT_LINK: Final = 0.25
# How many commands may wait for a link or an answer.
MAX_WAITING: Final = 10_000


class Exchange:
    """
    What a connection does with its lock held: short steps, none of which waits.

    A command is in the queue until it is sent, and in flight until its answer has come. When a link is lost, or its
    server refers us to another one, what is in flight is sent again over the next link, once and in its old order:
    every command may be sent twice without harm. If that is in vain, or an answer is overdue or an error, Redis has
    failed. From then on commands fail at once, until a link is accepted.

    A step may be interrupted at any point. Then ``lose()`` sets things right, as long as a command leaves its place
    only after it has been settled or has got another.
    """

    def __init__(self, timeout: float, breaker: CircuitBreaker) -> None:
        self.timeout = timeout
        self.breaker = breaker
        self.link: Link | None = None
        self.lost_by: Exception | None = None
        self.arrived_at = 0.0
        self.on_failures: list[Callable[[], object]] = []
        self._queue: deque[Reply[Any]] = deque()
        self._in_flight: deque[Reply[Any]] = deque()
        self.lost_at = -math.inf
        self._used_at = 0.0
        self._awaits_link_until = math.inf
        self._outdated = 0  # how many answers are still to come to commands that were sent again

    @property
    def needs_link(self) -> bool:
        return self.link is None and (bool(self._queue) or self.breaker.failure is not None)

    def begin(self, reply: Reply[Any]) -> None:
        """Send a command, or put it in the queue for the next link."""
        if self.link is None:
            self.check_queue(reply.asked_at)
        elif self._should_read(reply.asked_at):
            self.read()
            self._check_link(reply.asked_at)
        if self.breaker.failure is not None:
            self._fail(reply, self.breaker.failure)
        elif len(self._queue) + len(self._in_flight) >= MAX_WAITING:
            self._fail(reply, redis.ConnectionError(f"{MAX_WAITING} commands are waiting already"))
        elif self.link is not None:
            self._send(self.link, reply)
        else:
            self._queue.append(reply)

    def read(self) -> None:
        """Settle every command whose answer has arrived. Fail if the oldest is overdue."""
        if self.link is None:
            return
        try:
            self.link.flush()
            while self._in_flight:
                try:
                    value = self.link.read()
                except NoScriptError:
                    if not self._outdated:
                        self._send_again(self.link)
                else:
                    if not self._outdated:
                        self._in_flight[0].succeed(value)
                self._in_flight.popleft()
                self._outdated = max(self._outdated - 1, 0)
                self.arrived_at = time.monotonic()
        except BlockingIOError:  # the next answer has not arrived yet, or not whole
            if time.monotonic() - max(self._in_flight[0].asked_at, self.arrived_at) >= self.timeout:
                self.fail(redis.TimeoutError(f"no answer within {self.timeout} s"))
        except (RedisError, OSError) as error:
            is_refusal = isinstance(error, ResponseError) and not isinstance(error, NOT_HERE)
            (self.fail if is_refusal else self.lose)(error)

    def give_up(self, reply: Reply[Any]) -> None:
        """Fail, unless the answer to ``reply`` has arrived by now."""
        self.read()
        if reply.is_settled:
            return
        error = redis.TimeoutError(f"no {'connection' if self.link is None else 'answer'} within {self.timeout} s")
        if self.arrived_at > reply.asked_at + self.timeout / 2:  # the network is slow; the rest would hold up others
            self._fail(reply, error)
            self.lose(error, is_harmless=True)
        else:
            self.fail(error)
            reply.fail(error)

    def lose(self, error: Exception, *, is_harmless: bool = False) -> None:
        """
        Do without the link, and send again what was in flight.

        If this happens to a command for the second time, Redis has failed, unless it ``is_harmless``: our own doing.
        """
        self._close_link()
        lost = [reply for reply in self._in_flight if not reply.is_settled]
        self._queue = deque(dict.fromkeys([*lost, *self._queue]))
        self._in_flight.clear()
        self.lost_by = error
        self.lost_at = time.monotonic()
        self._awaits_link_until = math.inf if is_harmless else self.lost_at + self.timeout * PART_FOR_NEXT_LINK
        if is_harmless:
            return
        if any(reply.is_repeated for reply in lost):
            self.fail(error)
        for reply in lost:
            reply.is_repeated = True

    def fail(self, error: Exception) -> None:
        """Redis has failed."""
        self._close_link()
        self.lost_by = error
        self.breaker.open(error)
        for reply in [*self._in_flight, *self._queue]:
            self._fail(reply, error)
        self._in_flight.clear()
        self._queue.clear()

    def accept(self, link: Link) -> None:
        """Use a new link, over which Redis works."""
        now = self._used_at = time.monotonic()
        self.link = link
        self.breaker.close()
        while self.link is link and self._queue:
            reply = self._queue[0]
            if now - reply.asked_at >= self.timeout:  # too late: a note would be of somebody who may have left
                self._fail(reply, redis.TimeoutError(f"no connection within {self.timeout} s"))
            else:
                self._send(link, reply)
            if self.link is link:
                self._queue.popleft()

    def check_queue(self, now: float) -> None:
        """Fail if the oldest command has waited for a link for too long."""
        if self.link is None and self._queue and now - max(self._queue[0].asked_at, self.lost_at) >= self.timeout:
            self.fail(redis.TimeoutError(f"no connection within {self.timeout} s"))

    def await_link(self, reply: Reply[Any], now: float) -> None:
        """Let a thread wait for a link, but not for long if one was lost."""
        self.check_queue(now)
        if self.link is None and now >= self._awaits_link_until:
            self._fail(reply, redis.ConnectionError("the connection was lost"))

    def wake_one(self) -> None:
        """Wake one of the threads that sleep until their answer arrives."""
        for reply in self._in_flight:
            if reply.is_awaited and not reply.is_settled:
                reply.wake()
                return

    def _should_read(self, now: float) -> bool:
        """Whether to read before sending. Not every time: reading takes longer than sending."""
        oldest = self._in_flight[0].asked_at if self._in_flight else self._used_at
        is_due = now - oldest > min(MAX_UNREAD_SECONDS, self.timeout / 2)
        return is_due or len(self._in_flight) >= MAX_UNREAD_ANSWERS

    def _send(self, link: Link, reply: Reply[Any]) -> None:
        self._in_flight.append(reply)
        self._used_at = reply.asked_at
        try:
            link.send(reply)
        except (RedisError, OSError) as error:
            self.lose(error)

    def _send_again(self, link: Link) -> None:
        """Send again what the server has lost the script of, and all that came after it, so that nothing overtakes."""
        link.forget_scripts()
        self._outdated = len(self._in_flight)
        for reply in list(self._in_flight):
            self._in_flight.append(reply)
            link.send(reply)

    def _fail(self, reply: Reply[Any], error: Exception) -> None:
        if not reply.is_settled:
            self.breaker.fail(reply, error)
            if reply.on_failure is not None:
                self.on_failures.append(reply.on_failure)

    def _check_link(self, now: float) -> None:
        """Do without a link that was closed, or may have been."""
        link, is_idle = self.link if not self._in_flight else None, now - self._used_at > IDLE_SECONDS
        if link is not None and (is_idle or link.is_closed()):
            self.lose(redis.ConnectionError("the connection was closed, or idle for too long"), is_harmless=is_idle)

    def _close_link(self) -> None:
        self._outdated = 0
        if self.link is not None:
            self.link.close()
            self.link = None
