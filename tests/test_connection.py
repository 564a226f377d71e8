from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import redis
from redis._parsers import _HiredisParser, _RESP2Parser

from active_users.connections import pipelined as connection_module
from active_users.connections.base import Connection, Reply, Script
from active_users.connections.cache_alias import NO_DRIVER_INFO
from active_users.connections.pipelined import PipelinedConnection
from active_users.connections.registry import get_connection
from active_users.exceptions import ActiveUsersUnavailable

from .conftest import Server, connect_to, in_threads, wait_until

ECHO = Script("return ARGV[1]")
SLEEPY = Script("local t = redis.call('TIME')[1] + ARGV[1]; while redis.call('TIME')[1] + 0 < t do end; return 'late'")
WRONG = Script("return redis.call('INCR', KEYS[1])")
DECISIVE = Script("return redis.call('LLEN', KEYS[1])", decisive=True)
BIG = Script("return string.rep('x', ARGV[1])")


def make(server: Server, **options: Any) -> PipelinedConnection:
    options = {"timeout": 1, "retry_after": 0.1} | options
    return PipelinedConnection(lambda: connect_to(server.socket, options["timeout"]), **options)


def echo(connection: Connection, text: str) -> Reply[str]:
    return connection.ask(ECHO, [], [text], parse=bytes.decode)


def _socket_of(connection: Any) -> socket.socket:
    found: socket.socket = connection._connection._sock
    return found


def kill_connections(server: Server) -> None:
    server.client.client_kill_filter(skipme=True, _type="normal")


@pytest.fixture(params=["hiredis", "python"])
def connection(own_server: Server, request: pytest.FixtureRequest) -> PipelinedConnection:
    parser = _HiredisParser if request.param == "hiredis" else _RESP2Parser
    return PipelinedConnection(lambda: connect_to(own_server.socket, parser_class=parser), timeout=1, retry_after=0.1)


def test_answers_come_in_order_whoever_reads_first(connection: PipelinedConnection) -> None:
    replies = [echo(connection, str(number)) for number in range(100)]
    assert replies[70].result() == "70"
    assert [reply.result() for reply in reversed(replies)] == [str(number) for number in reversed(range(100))]


def test_answers_that_nobody_wants_are_read_by_those_who_come_next(
    connection: PipelinedConnection, own_server: Server
) -> None:
    for number in range(5000):
        echo(connection, str(number))
    assert len(connection._unanswered) < 5000
    assert echo(connection, "mine").result() == "mine"
    assert not connection._unanswered


def test_a_script_is_sent_once_and_named_from_then_on(connection: PipelinedConnection, own_server: Server) -> None:
    for _ in range(10):
        echo(connection, "x").result()
    statistics = own_server.client.info("commandstats")
    assert statistics["cmdstat_eval"]["calls"] == 1
    assert statistics["cmdstat_evalsha"]["calls"] == 9


def test_a_flushed_script_cache_is_no_failure(connection: PipelinedConnection, own_server: Server) -> None:
    echo(connection, "x").result()
    own_server.client.script_flush()
    replies = [echo(connection, str(number)) for number in range(3)]
    assert [reply.result() for reply in replies] == ["0", "1", "2"]


def test_scripts_in_order_stay_in_order_after_a_flush(connection: PipelinedConnection, own_server: Server) -> None:
    append = Script("return redis.call('APPEND', KEYS[1], ARGV[1])")
    for letter in "abcd":
        last = connection.ask(append, ["letters"], [letter], parse=int)
        own_server.client.script_flush()
    last.result()
    letters: Any = own_server.client.get("letters")
    assert sorted(letters) == sorted(b"abcd")


def test_a_killed_connection_is_opened_anew_and_what_was_asked_is_asked_again(
    connection: PipelinedConnection, own_server: Server, log: pytest.LogCaptureFixture
) -> None:
    for number in range(10):
        assert echo(connection, str(number)).result() == str(number)
        kill_connections(own_server)
    reply = echo(connection, "asked before")
    kill_connections(own_server)
    assert reply.result() == "asked before"
    assert not log.records


def test_what_was_not_sent_yet_when_the_connection_turned_out_closed_may_be_sent_again(
    connection: PipelinedConnection, own_server: Server, log: pytest.LogCaptureFixture
) -> None:
    echo(connection, "x").result()
    kill_connections(own_server)
    time.sleep(2 * connection_module.LIE_UNREAD)  # so that the next one finds it closed before it sends
    reply = echo(connection, "asked before")
    kill_connections(own_server)
    assert reply.result() == "asked before"
    assert not log.records


def test_a_connection_killed_while_answers_are_outstanding_loses_none(
    connection: PipelinedConnection, own_server: Server
) -> None:
    echo(connection, "x").result()
    own_server.signal(signal.SIGSTOP)
    replies = [echo(connection, str(number)) for number in range(10)]
    _socket_of(connection).shutdown(socket.SHUT_RDWR)
    own_server.signal(signal.SIGCONT)
    assert [reply.result() for reply in replies] == [str(number) for number in range(10)]


def test_a_restarted_server_is_found_again(
    connection: PipelinedConnection, own_server: Server, log: pytest.LogCaptureFixture
) -> None:
    echo(connection, "x").result()
    own_server.kill()
    own_server.restart()
    assert echo(connection, "back").result() == "back"
    assert not log.records


def test_a_server_that_is_gone_fails_once_then_the_breaker_is_open(
    connection: PipelinedConnection, own_server: Server, log: pytest.LogCaptureFixture
) -> None:
    connection._breaker.retry_after = 60
    echo(connection, "x").result()
    own_server.kill()
    for _ in range(10):
        with pytest.raises(ActiveUsersUnavailable, match="Redis did not answer: "):
            echo(connection, "x").result()
    assert connection.is_paused
    assert [record.levelno for record in log.records] == [logging.WARNING]


def test_the_breaker_closes_by_itself(
    connection: PipelinedConnection, own_server: Server, log: pytest.LogCaptureFixture
) -> None:
    own_server.kill()
    for _ in range(3):
        time.sleep(0.1)
        with pytest.raises(ActiveUsersUnavailable):
            echo(connection, "x").result()
    own_server.restart()
    time.sleep(0.1)
    assert echo(connection, "back").result() == "back"
    assert not connection.is_paused
    assert [record.levelno for record in log.records] == [logging.WARNING, logging.INFO]


def test_a_hung_server_costs_who_waits_the_timeout_and_who_does_not_nothing(own_server: Server) -> None:
    connection = make(own_server, timeout=0.2, retry_after=60)
    echo(connection, "x").result()
    own_server.signal(signal.SIGSTOP)
    failed = []
    start = time.monotonic()
    while not connection.is_paused:
        connection.ask(ECHO, [], ["x"], parse=bytes, on_failure=lambda: failed.append(1))
        time.sleep(0.01)
        assert time.monotonic() - start < 5
    assert time.monotonic() - start >= 0.2
    assert len(failed) > 1
    own_server.signal(signal.SIGCONT)


def test_only_the_probe_waits_for_a_server_that_still_hangs(own_server: Server) -> None:
    connection = make(own_server, timeout=1, retry_after=0.1)
    echo(connection, "x").result()
    own_server.signal(signal.SIGSTOP)
    with pytest.raises(ActiveUsersUnavailable, match="no answer within 1 s"):
        echo(connection, "x").result()
    time.sleep(0.1)
    probe = threading.Thread(target=echo, args=[connection, "probe"])
    probe.start()
    wait_until(lambda: bool(connection._unanswered))
    start = time.monotonic()
    for _ in range(10):
        assert echo(connection, "x").is_settled
    assert probe.is_alive() or time.monotonic() - start > 1
    probe.join()
    own_server.signal(signal.SIGCONT)


def test_while_one_thread_connects_after_a_failure_the_others_go_on(own_server: Server) -> None:
    may_connect = threading.Event()
    makes: list[Callable[[], object]] = [lambda: None, may_connect.wait]

    def slowly() -> Any:
        makes.pop(0)()
        return connect_to("/nowhere" if makes else own_server.socket)

    connection = PipelinedConnection(slowly, timeout=1, retry_after=0.05)
    assert echo(connection, "x").is_settled
    time.sleep(0.05)
    probe = threading.Thread(target=echo, args=[connection, "probe"])
    probe.start()
    wait_until(lambda: not makes)
    with pytest.raises(ActiveUsersUnavailable, match="another thread is trying"):
        echo(connection, "x").result()
    may_connect.set()
    probe.join()
    assert echo(connection, "x").result() == "x"


def test_an_error_of_a_script_opens_the_breaker(
    connection: PipelinedConnection, own_server: Server, log: pytest.LogCaptureFixture
) -> None:
    own_server.client.lpush("list", "x")
    assert echo(connection, "before").result() == "before"
    with pytest.raises(ActiveUsersUnavailable, match="WRONGTYPE"):
        connection.ask(WRONG, ["list"], [], parse=int).result()
    assert connection.is_paused
    time.sleep(0.1)
    assert echo(connection, "after").result() == "after"
    assert [record.levelno for record in log.records] == [logging.WARNING, logging.INFO]


def test_after_a_decisive_script_failed_nothing_else_is_believed(
    connection: PipelinedConnection, own_server: Server, log: pytest.LogCaptureFixture
) -> None:
    own_server.client.set("text", "x")
    with pytest.raises(ActiveUsersUnavailable, match="WRONGTYPE"):
        connection.ask(DECISIVE, ["text"], [], parse=int).result()
    time.sleep(0.1)
    with pytest.raises(ActiveUsersUnavailable, match="WRONGTYPE"):
        echo(connection, "x").result()
    own_server.client.unlink("text")
    assert connection.ask(DECISIVE, ["text"], [], parse=int).result() == 0
    assert echo(connection, "x").result() == "x"
    assert [record.levelno for record in log.records] == [logging.WARNING, logging.INFO]


def test_a_connection_that_was_idle_is_opened_anew(
    connection: PipelinedConnection, own_server: Server, monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture
) -> None:
    echo(connection, "x").result()
    first = connection._connection
    assert connection.is_ready
    monkeypatch.setattr(connection_module, "IDLE_SECONDS", 0.01)
    time.sleep(0.02)
    assert not connection.is_ready
    assert echo(connection, "y").is_settled is False
    assert connection._connection is not first
    assert not log.records


def test_an_answer_that_came_before_the_connection_was_idle_still_counts(
    connection: PipelinedConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply = echo(connection, "slow page")
    monkeypatch.setattr(connection_module, "IDLE_SECONDS", 0.01)
    time.sleep(0.05)
    assert reply.result() == "slow page"


def test_a_quiet_process_does_not_take_old_answers_for_overdue_ones(own_server: Server) -> None:
    connection = make(own_server, timeout=0.05)
    echo(connection, "nobody wants this")
    time.sleep(0.1)
    assert echo(connection, "mine").result() == "mine"


def test_an_answer_of_several_megabytes_arrives_and_hurts_nobody(connection: PipelinedConnection) -> None:
    before = echo(connection, "before")
    big = connection.ask(BIG, [], [8_000_000], parse=len)
    after = echo(connection, "after")
    assert (after.result(), before.result(), big.result()) == ("after", "before", 8_000_000)


def test_an_answer_that_breaks_off_half_way_fails(own_server: Server) -> None:
    """A server of our own that says half of what it has to say, then closes or falls silent."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    says = [b"$5\r\nhel", b"$5\r\nhel"]

    def serve() -> None:
        for half in says:
            peer, _ = listener.accept()
            with peer:
                peer.recv(1000)
                peer.sendall(half)

    server = threading.Thread(target=serve)
    server.start()
    connection = PipelinedConnection(
        lambda: redis.Connection(port=port, socket_timeout=0.2, protocol=2, **NO_DRIVER_INFO),
        timeout=0.2,
        retry_after=60,
    )
    with pytest.raises(ActiveUsersUnavailable):
        echo(connection, "hello").result()
    server.join()
    listener.close()
    assert connection.is_paused


def test_what_interrupts_an_exchange_leaves_no_answer_for_the_wrong_reader(
    connection: PipelinedConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    echo(connection, "x").result()
    lost = echo(connection, "lost")

    def interrupt(*args: Any, **kwargs: Any) -> Any:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(connection._connection, "read_response", interrupt)
        with pytest.raises(SystemExit):
            lost.result()
    with pytest.raises(ActiveUsersUnavailable, match="interrupted"):
        lost.result()
    assert echo(connection, "mine").result() == "mine"


def test_a_failed_note_is_told_once(connection: PipelinedConnection, own_server: Server) -> None:
    told = []
    own_server.kill()
    connection.ask(ECHO, [], ["x"], parse=bytes, on_failure=lambda: told.append("failed"))
    assert told == ["failed"]


def test_a_forked_process_has_a_connection_of_its_own_and_no_answer_of_its_parents(
    own_server: Server, settings: Any
) -> None:
    def connect() -> Any:
        return get_connection("default", timeout=1, retry_after=1)

    parent = connect()
    assert echo(parent, "x").result() == "x"
    outstanding = echo(parent, "for the parent")
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe()

    def child() -> None:
        try:
            outcome = outstanding.result()
        except ActiveUsersUnavailable as error:
            outcome = str(error)
        sender.send((outcome, connect() is parent, echo(connect(), "for the child").result()))
        os._exit(0)

    process = context.Process(target=child)
    with warnings.catch_warnings():  # from 3.12 on, Python warns of forks beside other threads, which is what we test
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    process.join()
    assert receiver.recv() == ("Redis did not answer: asked before this process was forked", False, "for the child")
    assert outstanding.result() == "for the parent"


def test_sixteen_threads_use_one_connection(connection: PipelinedConnection, own_server: Server) -> None:
    wrong: list[str] = []

    def work(name: int) -> None:
        texts = [f"{name}.{number}" for number in range(300)]
        wrong.extend(text for text in texts if echo(connection, text).result() != text)

    in_threads(work, 16)
    assert wrong == []
    assert own_server.client.info("stats")["total_connections_received"] <= 4  # ours, the test's and the start-up's


def test_sixteen_threads_lose_no_answer_while_connections_are_killed(
    connection: PipelinedConnection, own_server: Server
) -> None:
    wrong: list[str] = []
    failed: list[str] = []
    is_over = threading.Event()

    def work(name: int) -> None:
        for number in range(200):
            text = f"{name}.{number}"
            try:
                if echo(connection, text).result() != text:
                    wrong.append(text)
            except ActiveUsersUnavailable:
                failed.append(text)  # killed twice in the time of one answer

    def kill() -> None:
        while not is_over.is_set():
            kill_connections(own_server)
            time.sleep(0.02)

    killer = threading.Thread(target=kill)
    threads = [threading.Thread(target=work, args=[name]) for name in range(16)]
    for thread in [killer, *threads]:
        thread.start()
    for thread in threads:
        thread.join()
    is_over.set()
    killer.join()
    assert wrong == []
    wait_until(lambda: not connection.is_paused)
    assert echo(connection, "after").result() == "after"
