"""Threads that wait for an answer at the same moment, and threads that need not wait while an answer is slow."""

from __future__ import annotations

import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
import trustme

from active_users.connections import pipelined as pipelined_module
from active_users.connections.base import Reply
from active_users.connections.pipelined import PipelinedConnection
from active_users.exceptions import ActiveUsersUnavailable

from .clocks import Clock
from .connections import BIG, echo, pipelined, pipelined_over_tcp
from .relays import Relay, relay_to
from .servers import Server
from .threads import in_threads
from .waiting import PATIENCE, wait_until

Log = Callable[[], list[str]]

TIMEOUT = 30  # much longer than anything here lasts on a busy machine


@pytest.fixture
def nobody_looks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that nobody wakes sleeps on until its time is over."""
    monkeypatch.setattr(pipelined_module, "WATCH_SECONDS", 3600)


@pytest.fixture(params=["tcp", "tls"])
def relay(own_server: Server, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Relay]:
    context = None
    if request.param == "tls":
        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with relay_to(own_server, context) as relay:
        yield relay


@pytest.fixture
def connection(relay: Relay, tmp_path: Path) -> PipelinedConnection:
    ca_file = tmp_path / "ca.pem"
    return pipelined_over_tcp(relay.port, timeout=TIMEOUT, ca_file=str(ca_file) if ca_file.exists() else "")


@pytest.fixture
def go_on(relay: Relay) -> Iterator[threading.Event]:
    """What the relay waits for, at the latest until the test is over."""
    event = threading.Event()
    yield event
    event.set()


@pytest.mark.parametrize("number", [2, 4, 8])
def test_threads_that_wait_together_all_get_their_answers_when_these_come(
    own_server: Server, number: int, nobody_looks_again: None
) -> None:
    connection = pipelined(own_server, timeout=TIMEOUT)
    start = time.monotonic()
    with ThreadPoolExecutor(number) as pool:
        for _ in range(20):
            with own_server.scripts_paused():
                replies = [echo(connection, str(which)) for which in range(number)]
                waiting = [pool.submit(reply.result) for reply in replies]
                wait_until(lambda replies=replies: sum(map(_is_awaited, replies)) >= number - 1)  # type: ignore[misc]
            assert [each.result() for each in waiting] == [str(which) for which in range(number)]
    assert time.monotonic() - start < TIMEOUT / 2


def _is_awaited(reply: Reply[str]) -> bool:
    """Whether a thread sleeps until the answer comes; one more does not sleep but watches for all."""
    return reply.is_awaited


@pytest.mark.parametrize("backwards", [False, True])
def test_whoever_watches_and_is_answered_leaves_watching_to_another(
    connection: PipelinedConnection, relay: Relay, backwards: bool, nobody_looks_again: None
) -> None:
    """The answers come one after the other; ``backwards``, the first is for the thread that began to wait last."""
    may_pass = threading.Semaphore(0)
    assert echo(connection, "before").result() == "before"

    def one_by_one(answers: bytes) -> Iterator[bytes]:
        for answer in re.findall(rb"\$\d+\r\n\d+\r\n", answers):
            may_pass.acquire(timeout=PATIENCE)
            yield answer

    relay.pieces = one_by_one
    replies = [echo(connection, str(which)) for which in range(4)]
    start = time.monotonic()
    waiting = {}
    with ThreadPoolExecutor(4) as pool, ExitStack() as stack:
        stack.callback(may_pass.release, 4)  # if the test fails
        for begun, which in enumerate(reversed(range(4)) if backwards else range(4)):
            waiting[which] = pool.submit(replies[which].result)
            wait_until(lambda begun=begun: sum(map(_is_awaited, replies)) >= begun)  # type: ignore[misc]
        for which in range(4):
            assert not waiting[which].done()
            may_pass.release()
            assert waiting[which].result() == str(which)
    assert time.monotonic() - start < TIMEOUT / 2


@pytest.mark.parametrize("part", [0, 0.5], ids=["nothing", "half"])
def test_threads_that_only_send_do_not_wait_for_an_answer_that_has_begun(
    connection: PipelinedConnection, relay: Relay, go_on: threading.Event, part: float
) -> None:
    """Over TLS something arrives that is no answer: the tickets that a server sends after the handshake."""
    has_begun = threading.Event()

    def halting(answer: bytes) -> Iterator[bytes]:
        if not go_on.is_set():
            yield answer[: int(len(answer) * part)]
            has_begun.set()
            go_on.wait(PATIENCE)
            answer = answer[int(len(answer) * part) :]
        yield answer

    relay.pieces = halting
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(echo(connection, "slow").result)
        wait_until(has_begun.is_set)
        start = time.monotonic()
        sent = in_threads(lambda name: [echo(connection, f"{name}.{number}") for number in range(100)], 4)
        assert time.monotonic() - start < TIMEOUT / 2
        assert not waiting.done()
        go_on.set()
        assert waiting.result() == "slow"
    for name, replies in enumerate(sent):
        assert [reply.result() for reply in replies] == [f"{name}.{number}" for number in range(100)]


def test_an_answer_that_drips_in_fails_when_its_time_is_over_and_no_other_does(
    connection: PipelinedConnection, relay: Relay, go_on: threading.Event, clock: Clock, log: Log
) -> None:
    dripped = 0

    def dripping(answer: bytes) -> Iterator[bytes]:
        nonlocal dripped
        if len(answer) < 1000:
            yield answer
            return
        for start in range(0, len(answer), 10):
            yield answer[start : start + 10]
            dripped += 1
            go_on.wait(0.01)

    def wait_for_drips() -> None:
        target = dripped + 20
        wait_until(lambda: dripped >= target)

    assert echo(connection, "before").result() == "before"
    relay.pieces = dripping
    big = connection.ask(BIG, [], [1_000_000], parse=len)
    with ThreadPoolExecutor(2) as pool:
        waiting_for_big = pool.submit(big.result)
        wait_for_drips()
        clock.put_forward(TIMEOUT * 0.6)
        waiting = pool.submit(echo(connection, "later").result)
        wait_for_drips()
        clock.put_forward(TIMEOUT * 0.4)
        with pytest.raises(ActiveUsersUnavailable, match="no answer within"):
            waiting_for_big.result()
        assert waiting.result() == "later"
    assert not connection.is_paused
    assert log() == []
