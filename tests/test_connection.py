from __future__ import annotations

import multiprocessing
import os
import select
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from redis._parsers import _HiredisParser, _RESP2Parser

from active_users.connections import link as link_module
from active_users.connections.base import Script
from active_users.connections.cache_alias import NO_DRIVER_INFO
from active_users.connections.pipelined import USUAL_SECONDS, PipelinedConnection
from active_users.connections.registry import get_connection
from active_users.exceptions import ActiveUsersUnavailable

from .clocks import Clock
from .connections import BIG, ECHO, answers_gone_astray, connect_to, connection_by, echo, pipelined
from .servers import Server
from .threads import in_threads, repeated_in_a_thread
from .waiting import wait_until

WRONG = Script(b"return redis.call('INCR', KEYS[1])")
PUSH = Script(b"return redis.call('LPUSH', KEYS[1], 'x')", probe=Script(b"return redis.call('LLEN', KEYS[1])"))

Log = Callable[[], list[str]]


@pytest.fixture(params=["hiredis", "python"])
def connection(own_server: Server, request: pytest.FixtureRequest) -> PipelinedConnection:
    parser = _HiredisParser if request.param == "hiredis" else _RESP2Parser
    return pipelined(own_server, retry_after=0.05, parser_class=parser)


def test_answers_come_in_order_whichever_is_read_first(connection: PipelinedConnection) -> None:
    replies = [echo(connection, str(number)) for number in range(100)]
    assert replies[70].result() == "70"
    assert [reply.result() for reply in reversed(replies)] == [str(number) for number in reversed(range(100))]


def test_answers_that_nobody_waits_for_are_read_by_the_next_to_send(
    connection: PipelinedConnection, own_server: Server, clock: Clock
) -> None:
    echo(connection, "the first").result()
    replies = [echo(connection, str(number)) for number in range(200)]  # as many as the socket takes at once
    wait_until(lambda: own_server.script_calls() == 201)
    own_server.client.ping()  # from here on all of them have been answered
    echo(connection, "the next")
    assert sum(not reply.is_settled for reply in replies) < 100
    clock.put_forward(1)
    mine = echo(connection, "mine")
    assert all(reply.is_settled for reply in replies)
    assert not mine.is_settled
    assert mine.result() == "mine"


@pytest.mark.parametrize("has_arrived", [False, True])
def test_an_answer_takes_three_calls_of_the_network_and_one_that_has_arrived_takes_two(
    connection: PipelinedConnection, own_server: Server, has_arrived: bool
) -> None:
    """Unless the machine is so busy that a thread looks again."""
    watching = [] if has_arrived else ["poll"]
    calls: list[str] = []

    def note_call(frame: Any, event: str, function: Any) -> None:
        if event == "c_call" and isinstance(getattr(function, "__self__", None), (socket.socket, type(select.poll()))):
            calls.append(function.__name__)

    def ask() -> list[str]:
        calls.clear()
        sys.setprofile(note_call)
        try:
            reply = echo(connection, "x")
            if has_arrived:
                sys.setprofile(None)
                own_server.script_calls()  # from here on it has been answered
                time.sleep(2 * USUAL_SECONDS)
                sys.setprofile(note_call)
            reply.result()
        finally:
            sys.setprofile(None)
        return [name for name in calls if name not in ("register", "fileno")]

    wait_until(lambda: ask() in (["send", *watching, "recv"], ["send", *watching, "recv_into"]))


def test_without_poll_select_is_used(
    connection: PipelinedConnection, own_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows."""
    is_waiting = threading.Event()

    def watched_select(*arguments: Any) -> Any:
        is_waiting.set()
        return select.select(*arguments)

    monkeypatch.setattr(link_module, "select", SimpleNamespace(select=watched_select))
    with ThreadPoolExecutor(1) as pool:
        with own_server.scripts_paused():
            reply = pool.submit(echo(connection, "x").result)
            wait_until(is_waiting.is_set)
        assert reply.result() == "x"


def test_a_script_is_sent_once_and_by_name_from_then_on(connection: PipelinedConnection, own_server: Server) -> None:
    for _ in range(10):
        echo(connection, "x").result()
    assert own_server.calls("eval") == 1
    assert own_server.calls("evalsha") == 9


def test_a_flushed_script_cache_is_no_failure(connection: PipelinedConnection, own_server: Server) -> None:
    echo(connection, "x").result()
    own_server.client.script_flush()
    replies = [echo(connection, str(number)) for number in range(3)]
    assert [reply.result() for reply in replies] == ["0", "1", "2"]


def test_each_script_is_run_once_although_the_cache_is_flushed(
    connection: PipelinedConnection, own_server: Server
) -> None:
    append = Script(b"return redis.call('APPEND', KEYS[1], ARGV[1])")
    for letter in "abcd":
        last = connection.ask(append, ["letters"], [letter.encode()], parse=int)
        own_server.client.script_flush()
    last.result()
    letters: Any = own_server.client.get("letters")
    assert sorted(letters) == sorted(b"abcd")


def test_a_script_that_redis_cannot_compile_fails_also_where_it_was_sent_by_name(
    connection: PipelinedConnection, own_server: Server
) -> None:
    wrong = Script(b"this is no Lua")
    echo(connection, "x").result()
    for reply in [connection.ask(wrong, [], [], parse=bytes) for _ in range(2)]:
        with pytest.raises(ActiveUsersUnavailable, match="compiling"):
            reply.result()


def test_a_killed_connection_is_opened_again_and_what_was_asked_is_asked_again(
    connection: PipelinedConnection, own_server: Server, log: Log
) -> None:
    for number in range(10):
        assert echo(connection, str(number)).result() == str(number)
        own_server.kill_connections()
    assert echo(connection, "open again").result() == "open again"  # or the second kill might hit "asked before" twice
    reply = echo(connection, "asked before")
    own_server.kill_connections()
    assert reply.result() == "asked before"
    assert log() == []


def test_a_command_not_yet_sent_when_the_connection_turned_out_closed_may_be_sent_again(
    connection: PipelinedConnection, own_server: Server, clock: Clock, log: Log
) -> None:
    echo(connection, "x").result()
    own_server.kill_connections()
    clock.put_forward(1)  # so that the next one reads, and finds it closed, before it sends
    reply = echo(connection, "asked before")
    own_server.kill_connections()
    assert reply.result() == "asked before"
    assert log() == []


def test_a_connection_killed_while_answers_are_outstanding_loses_none(
    connection: PipelinedConnection, own_server: Server
) -> None:
    echo(connection, "x").result()
    with own_server.scripts_paused():
        replies = [echo(connection, str(number)) for number in range(10)]
        own_server.kill_connections()
    assert [reply.result() for reply in replies] == [str(number) for number in range(10)]


def test_a_connection_killed_twice_before_the_answer_is_a_failure(
    connection: PipelinedConnection, own_server: Server, log: Log
) -> None:
    before = own_server.connections_received()
    with own_server.scripts_paused(), ThreadPoolExecutor(1) as pool:
        echo(connection, "nobody waits for this")
        waiting = pool.submit(echo(connection, "x").result)
        for made in (1, 2):
            wait_until(lambda made=made: own_server.connections_received() - before == made)  # type: ignore[misc]
            own_server.kill_connections()
        with pytest.raises(ActiveUsersUnavailable, match="Redis did not answer: "):
            waiting.result()
    assert connection.is_paused
    wait_until(lambda: log() == ["WARNING"])


def test_a_restarted_server_is_found_again(connection: PipelinedConnection, own_server: Server, log: Log) -> None:
    echo(connection, "x").result()
    own_server.kill()
    own_server.start()
    assert echo(connection, "back").result() == "back"
    assert log() == []


def test_a_server_that_is_gone_fails_once_and_from_then_on_at_once(own_server: Server, log: Log) -> None:
    connection = pipelined(own_server, retry_after=3600)
    echo(connection, "x").result()
    own_server.kill()
    with pytest.raises(ActiveUsersUnavailable, match="Redis did not answer: "):
        echo(connection, "x").result()
    assert connection.is_paused
    for _ in range(10):
        assert echo(connection, "x").is_settled
    wait_until(lambda: log() == ["WARNING"])


def test_a_server_that_is_back_is_found_without_a_request(
    connection: PipelinedConnection, own_server: Server, log: Log
) -> None:
    own_server.kill()
    with pytest.raises(ActiveUsersUnavailable):
        echo(connection, "x").result()
    own_server.start()
    wait_until(lambda: not connection.is_paused)
    assert echo(connection, "back").result() == "back"
    wait_until(lambda: log() == ["WARNING", "INFO"])


def test_a_thread_that_waits_for_a_hung_server_waits_the_timeout(own_server: Server) -> None:
    connection = pipelined(own_server, timeout=0.2, retry_after=3600)
    own_server.signal(signal.SIGSTOP)
    start = time.monotonic()
    with pytest.raises(ActiveUsersUnavailable, match=r"no answer within 0\.2 s"):
        echo(connection, "x").result()
    assert time.monotonic() - start >= 0.2
    assert connection.is_paused


def test_a_thread_that_only_sends_does_not_wait_for_a_hung_server(own_server: Server, clock: Clock) -> None:
    connection = pipelined(own_server, timeout=20, retry_after=3600)
    echo(connection, "x").result()
    failed: list[int] = []

    def send(number: int) -> None:
        connection.ask(ECHO, [], [b"x"], parse=bytes, on_failure=lambda: failed.append(number))

    own_server.signal(signal.SIGSTOP)
    start = time.perf_counter()
    for number in range(3):
        send(number)
    assert failed == []
    clock.put_forward(20)
    send(3)
    assert time.perf_counter() - start < 20
    assert failed == [0, 1, 2, 3]
    assert connection.is_paused


def test_no_request_waits_for_a_server_that_still_hangs(own_server: Server) -> None:
    connection = pipelined(own_server, timeout=0.2, retry_after=0.01)
    echo(connection, "x").result()
    with own_server.scripts_paused():
        with pytest.raises(ActiveUsersUnavailable, match=r"no answer within 0\.2 s"):
            echo(connection, "x").result()
        before = own_server.connections_received()
        wait_until(lambda: own_server.connections_received() - before >= 3)  # it has been tried again and again
        assert connection.is_paused
        assert echo(connection, "x").is_settled
    wait_until(lambda: not connection.is_paused)
    assert echo(connection, "x").result() == "x"


def test_an_error_of_a_script_is_a_failure_until_the_script_works_again(
    connection: PipelinedConnection, own_server: Server, log: Log
) -> None:
    own_server.client.lpush("list", "x")
    assert echo(connection, "before").result() == "before"
    with pytest.raises(ActiveUsersUnavailable, match="WRONGTYPE"):
        connection.ask(WRONG, ["list"], [], parse=int).result()
    before = own_server.connections_received()
    wait_until(lambda: own_server.connections_received() - before >= 3)  # it has been tried again and again
    assert connection.is_paused
    own_server.client.unlink("list")
    wait_until(lambda: not connection.is_paused)
    assert echo(connection, "after").result() == "after"
    wait_until(lambda: log() == ["WARNING", "INFO"])


def test_while_a_write_fails_no_read_is_believed_for_as_long_as_that_matters(
    connection: PipelinedConnection, own_server: Server, clock: Clock, log: Log
) -> None:
    own_server.client.set("text", "x")
    with pytest.raises(ActiveUsersUnavailable, match="WRONGTYPE"):
        connection.ask(PUSH, ["text"], [], parse=int, matters_for=60).result()
    assert echo(connection, "x").is_settled
    before = own_server.connections_received()
    wait_until(lambda: own_server.connections_received() - before >= 3)
    assert connection.is_paused
    clock.put_forward(59)
    connection.leave_out(60)  # somebody else could not be noted either
    clock.put_forward(59)
    before = own_server.connections_received()
    wait_until(lambda: own_server.connections_received() - before >= 3)
    assert connection.is_paused
    clock.put_forward(2)
    wait_until(lambda: not connection.is_paused)
    assert echo(connection, "x").result() == "x"
    wait_until(lambda: log() == ["WARNING", "INFO"])


def test_a_write_is_tried_by_its_probe_which_changes_nothing(
    connection: PipelinedConnection, own_server: Server
) -> None:
    own_server.client.set("text", "x")
    with pytest.raises(ActiveUsersUnavailable, match="WRONGTYPE"):
        connection.ask(PUSH, ["text"], [], parse=int, matters_for=60).result()
    own_server.client.unlink("text")
    wait_until(lambda: not connection.is_paused)
    assert not own_server.client.exists("text")
    assert connection.ask(PUSH, ["text"], [], parse=int).result() == 1


def test_a_connection_that_was_idle_is_opened_again(
    connection: PipelinedConnection, own_server: Server, clock: Clock, log: Log
) -> None:
    echo(connection, "x").result()
    before = own_server.connections_received()
    clock.put_forward(3600)
    assert echo(connection, "y").result() == "y"
    assert own_server.connections_received() - before == 1
    assert log() == []


def test_an_answer_that_came_before_the_connection_was_idle_still_counts(
    connection: PipelinedConnection, own_server: Server, clock: Clock
) -> None:
    echo(connection, "the first").result()
    reply = echo(connection, "slow page")
    own_server.script_calls()  # from here on it has been answered
    clock.put_forward(3600)
    assert reply.result() == "slow page"


def test_an_old_answer_that_nobody_has_read_is_not_an_overdue_one(own_server: Server, clock: Clock) -> None:
    connection = pipelined(own_server, timeout=10)
    echo(connection, "the first").result()
    echo(connection, "nobody waits for this")
    own_server.script_calls()  # from here on it has been answered
    clock.put_forward(15)
    assert echo(connection, "mine").result() == "mine"


def test_an_answer_of_several_megabytes_arrives_and_disturbs_no_other(connection: PipelinedConnection) -> None:
    before = echo(connection, "before")
    big = connection.ask(BIG, [], [8_000_000], parse=len)
    after = echo(connection, "after")
    assert (after.result(), before.result(), big.result()) == ("after", "before", 8_000_000)


@pytest.mark.parametrize(("closes", "timeout", "connects"), [(True, 10, 2), (False, 0.2, 1)], ids=["closes", "silent"])
def test_an_answer_that_breaks_off_half_way_fails(closes: bool, timeout: float, connects: int) -> None:
    """A server of our own that says half of what it has to say, then closes the connection or falls silent."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    has_failed = threading.Event()

    def serve() -> None:
        for _ in range(connects):
            peer, _ = listener.accept()
            with peer:
                peer.recv(1000)
                peer.sendall(b"$5\r\nhel")
                if not closes:
                    has_failed.wait()

    connection = connection_by(
        lambda error: redis.Connection(port=port, socket_timeout=timeout, protocol=2, **NO_DRIVER_INFO),
        timeout=timeout,
        retry_after=3600,
    )
    with closing(listener), ThreadPoolExecutor(1) as pool:
        server = pool.submit(serve)
        with pytest.raises(ActiveUsersUnavailable):
            echo(connection, "hello").result()
        has_failed.set()
        server.result()
    assert connection.is_paused


class Interruptible(redis.UnixDomainSocketConnection):
    is_interrupted = False

    def read_response(self, *arguments: Any, **options: Any) -> Any:
        if self.is_interrupted:
            sys.exit()
        return super().read_response(*arguments, **options)


def test_an_interrupted_exchange_leaves_no_answer_for_the_wrong_reader(own_server: Server) -> None:
    made: list[Interruptible] = []

    def make(error: Exception | None) -> Interruptible:
        options: dict[str, Any] = {"path": own_server.socket, "protocol": 2, **NO_DRIVER_INFO}
        made.append(Interruptible(**options))  # type: ignore[abstract,no-untyped-call]
        return made[-1]

    connection = connection_by(make, timeout=10, retry_after=3600)
    echo(connection, "x").result()
    lost = echo(connection, "lost")
    made[0].is_interrupted = True
    with pytest.raises(SystemExit):
        lost.result()
    assert lost.result() == "lost"  # it was sent again
    assert echo(connection, "mine").result() == "mine"
    assert len(made) == 2


def test_a_failed_note_is_reported_once(connection: PipelinedConnection, own_server: Server) -> None:
    failed: list[str] = []
    own_server.kill()
    reply = connection.ask(ECHO, [], [b"x"], parse=bytes, on_failure=lambda: failed.append("x"))
    with pytest.raises(ActiveUsersUnavailable):
        reply.result()
    wait_until(lambda: failed == ["x"])
    connection.ask(ECHO, [], [b"y"], parse=bytes, on_failure=lambda: failed.append("y"))
    assert failed == ["x", "y"]


def test_a_forked_process_has_a_connection_of_its_own_and_no_answer_of_its_parents(processes: None) -> None:
    def connect() -> Any:
        return get_connection("default", timeout=10, retry_after=1)

    parent = connect()
    assert echo(parent, "x").result() == "x"
    outstanding = echo(parent, "for the parent")
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def child() -> None:
        try:
            outcome = outstanding.result()
        except ActiveUsersUnavailable as error:
            outcome = str(error)
        kept = echo(parent, "over the parent's")  # as a child asks that has kept the store
        sender.send((outcome, kept.is_settled, connect() is parent, echo(connect(), "for the child").result()))
        os._exit(0)

    process = context.Process(target=child)
    with warnings.catch_warnings():  # from 3.12 on, Python warns of forks beside other threads, which is what we test
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    sender.close()
    with receiver:
        assert receiver.recv() == (
            "Redis did not answer: Refused: asked before this process was forked",
            True,
            False,
            "for the child",
        )
    process.join()
    process.close()
    assert outstanding.result() == "for the parent"


def test_sixteen_threads_use_one_connection(connection: PipelinedConnection, own_server: Server) -> None:
    before = own_server.connections_received()
    assert in_threads(lambda name: answers_gone_astray(connection, name, 300), 16) == [[]] * 16
    assert own_server.connections_received() - before == 1


def test_sixteen_threads_get_no_wrong_answer_while_connections_are_killed(own_server: Server) -> None:
    connection = pipelined(own_server, retry_after=0.01)

    def work(name: int) -> list[str]:
        wrong = []
        for number in range(200):
            text = f"{name}.{number}"
            try:
                if echo(connection, text).result() != text:
                    wrong.append(text)
            except ActiveUsersUnavailable:
                pass  # killed twice in the time of one answer
        return wrong

    def kill() -> None:
        own_server.kill_connections()
        time.sleep(0.02)

    with repeated_in_a_thread(kill):
        assert in_threads(work, 16) == [[]] * 16
    wait_until(lambda: not connection.is_paused)
    assert echo(connection, "after").result() == "after"


def test_a_closed_connection_stays_closed_although_it_was_connecting(own_server: Server) -> None:
    is_connecting, may_connect = threading.Event(), threading.Event()

    def make(error: Exception | None) -> Any:
        is_connecting.set()
        may_connect.wait()
        return connect_to(own_server.socket, 10)

    connection = connection_by(make, timeout=10, retry_after=0.02)
    before = own_server.connections_received()
    echo(connection, "nobody waits for this")
    is_connecting.wait()
    connection.close()
    may_connect.set()
    wait_until(lambda: own_server.connections_received() > before)
    assert echo(connection, "x").is_settled
    assert connection.is_paused


def test_an_asker_who_handles_an_error_of_their_own_is_answered(
    connection: PipelinedConnection, own_server: Server
) -> None:
    echo(connection, "before").result()
    own_server.kill_connections()
    try:
        raise BlockingIOError
    except BlockingIOError:
        assert echo(connection, "after").result() == "after"
