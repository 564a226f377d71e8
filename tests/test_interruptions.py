"""Threads that are interrupted in the middle of asking, and code that asks in the middle of asking."""

from __future__ import annotations

import gc
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
import redis

from active_users.connections.cache_alias import NO_DRIVER_INFO
from active_users.connections.pipelined import PipelinedConnection
from active_users.exceptions import ActiveUsersUnavailable

from .connections import connect_to, connection_by, echo
from .programs import output_of
from .servers import Server
from .waiting import PATIENCE, wait_until


@pytest.mark.parametrize("kind", ["signal", "another thread", "asking handler"])
def test_thousands_of_interruptions_harm_no_bystander(kind: str, own_server: Server) -> None:
    assert output_of("under_interruptions.py", kind, own_server.socket) == "every bystander got its own answers"


def test_thousands_of_time_limits_of_gevent_harm_no_bystander(own_server: Server) -> None:
    assert output_of("under_gevent_timeouts.py", own_server.socket) == "every bystander got its own answers"


def _do_nothing() -> None:
    pass


class Hooked(redis.UnixDomainSocketConnection):
    """Calls something in the middle of asking: when a command is packed, or an answer is read."""

    in_packing: Callable[[], object] = staticmethod(_do_nothing)
    in_reading: Callable[[], object] = staticmethod(_do_nothing)

    def pack_command(self, *arguments: Any) -> Any:
        self.in_packing()
        return super().pack_command(*arguments)  # type: ignore[no-untyped-call]

    def read_response(self, *arguments: Any, **options: Any) -> Any:
        answer = super().read_response(*arguments, **options)
        self.in_reading()
        return answer


@pytest.fixture
def hooked(own_server: Server) -> tuple[PipelinedConnection, list[Hooked]]:
    """A connection, and the connections of redis-py that it has made so far."""
    made: list[Hooked] = []

    def make(error: Exception | None) -> Hooked:
        options: dict[str, Any] = {"path": own_server.socket, "protocol": 2, **NO_DRIVER_INFO}
        made.append(Hooked(**options))  # type: ignore[abstract,no-untyped-call]
        return made[-1]

    connection = connection_by(make, timeout=PATIENCE, retry_after=0.1)
    assert echo(connection, "before").result() == "before"
    return connection, made


def _call(ask: Callable[[], None]) -> None:
    ask()


def _call_in_a_signal_handler(ask: Callable[[], None]) -> None:
    before = signal.signal(signal.SIGUSR1, lambda *_: ask())
    try:
        signal.raise_signal(signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)


def _call_in_a_finalizer(ask: Callable[[], None]) -> None:
    class Garbage:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            ask()

    Garbage()
    gc.collect()


@pytest.mark.parametrize("call", [_call, _call_in_a_signal_handler, _call_in_a_finalizer])
@pytest.mark.parametrize("place", ["in_packing", "in_reading"])
def test_who_asks_in_the_middle_of_asking_fails_at_once(
    hooked: tuple[PipelinedConnection, list[Hooked]], place: str, call: Callable[[Callable[[], None]], None]
) -> None:
    """It cannot wait for its own thread."""
    connection, (link,) = hooked
    outcomes: list[str] = []

    def ask() -> None:
        link.__dict__.pop(place)  # once
        try:
            outcomes.append(echo(connection, "inside").result())
        except ActiveUsersUnavailable as error:
            outcomes.append(str(error.__cause__))

    link.__dict__[place] = lambda: call(ask)
    assert echo(connection, "outside").result() == "outside"
    assert outcomes == ["asked in the middle of asking"]
    assert echo(connection, "after").result() == "after"


@pytest.mark.parametrize("place", ["in_packing", "in_reading"])
def test_what_others_have_asked_is_answered_although_a_thread_exits_in_the_middle_of_asking(
    hooked: tuple[PipelinedConnection, list[Hooked]], place: str
) -> None:
    connection, made = hooked
    others = [echo(connection, str(number)) for number in range(10)]
    made[0].__dict__[place] = sys.exit
    with pytest.raises(SystemExit):
        echo(connection, "mine").result()
    assert [reply.result() for reply in others] == [str(number) for number in range(10)]
    assert echo(connection, "after").result() == "after"
    assert not connection.is_paused
    assert len(made) == 2


def test_a_connecting_thread_that_exits_is_replaced(own_server: Server) -> None:
    """As when a credential provider calls ``sys.exit()``."""
    attempts = 0
    may_exit = threading.Event()

    def make(error: Exception | None) -> Any:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            may_exit.wait(PATIENCE)
            sys.exit()
        return connect_to(own_server.socket, PATIENCE)

    connection = connection_by(make, timeout=PATIENCE, retry_after=0.1)
    replies = [echo(connection, str(number)) for number in range(10)]
    may_exit.set()
    assert echo(connection, "mine").result() == "mine"
    assert [reply.result() for reply in replies] == [str(number) for number in range(10)]
    assert attempts == 2


def test_a_time_limit_that_looks_like_an_error_of_the_network_ends_the_wait(own_server: Server) -> None:
    connection = connection_by(lambda error: connect_to(own_server.socket, PATIENCE), timeout=PATIENCE, retry_after=1)
    assert echo(connection, "before").result() == "before"

    def stop(*arguments: Any) -> None:
        raise TimeoutError("the page takes too long")

    before = signal.signal(signal.SIGALRM, stop)
    try:
        with own_server.scripts_paused():
            reply = echo(connection, "late")
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            with pytest.raises(TimeoutError, match="the page takes too long"):
                reply.result()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert reply.result() == "late"


def test_the_connecting_thread_is_replaced_after_it_was_ended(own_server: Server) -> None:
    makes: list[Exception | None] = []

    def make(error: Exception | None) -> Any:
        makes.append(error)
        if len(makes) == 1:
            raise redis.ConnectionError("an attempt fails")  # and its traceback is kept
        if len(makes) == 2:
            sys.exit()
        return connect_to(own_server.socket, PATIENCE)

    connection = connection_by(make, timeout=PATIENCE, retry_after=0.02)
    echo(connection, "nobody waits for this")
    wait_until(lambda: len(makes) >= 2)

    def is_back() -> bool:
        connection.leave_out(1)  # all that a site does meanwhile
        return not connection.is_paused

    wait_until(is_back)
    assert echo(connection, "back").result() == "back"
