"""What the log says about an outage, and that nobody waits for those who read it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from active_users.exceptions import ActiveUsersUnavailable
from active_users.store.current import get_store

from .connections import echo, pipelined
from .nodes import stopped_nodes
from .servers import Server
from .threads import in_threads
from .waiting import PATIENCE, wait_until

Log = Callable[[], list[str]]
Listen = Callable[[Callable[[logging.LogRecord], object]], None]


class Listener(logging.Handler):
    """A site's own handler of log records."""

    def __init__(self, tell: Callable[[logging.LogRecord], object]) -> None:
        super().__init__()
        self.emit = tell  # type: ignore[assignment]


@pytest.fixture
def listen(log: Log) -> Iterator[Listen]:
    """Adds a handler to our logger."""
    listeners: list[Listener] = []

    def listen(tell: Callable[[logging.LogRecord], object]) -> None:
        listeners.append(Listener(tell))
        logging.getLogger("active_users").addHandler(listeners[-1])

    yield listen
    for listener in listeners:
        logging.getLogger("active_users").removeHandler(listener)


@pytest.fixture
def texts(log: Log, caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    return lambda: "\n".join(record.getMessage() for record in caplog.records if record.name == "active_users")


@pytest.mark.parametrize("level", [logging.WARNING, logging.INFO], ids=["fails", "answers again"])
def test_a_slow_log_handler_keeps_nobody_waiting(own_server: Server, listen: Listen, level: int) -> None:
    """Such as one that sends mail."""
    connection = pipelined(own_server, timeout=PATIENCE / 2)
    is_logging, may_go_on = threading.Event(), threading.Event()

    def tell(record: logging.LogRecord) -> None:
        if record.levelno == level:
            is_logging.set()
            may_go_on.wait(PATIENCE)
            is_logging.clear()

    listen(tell)
    assert echo(connection, "before").result() == "before"
    own_server.kill()
    try:
        if level == logging.WARNING:
            echo(connection, "nobody waits for this")
            wait_until(is_logging.is_set)
        else:
            wait_until(lambda: (echo(connection, "nobody waits for this"), connection.is_paused)[1])
            own_server.start()
            wait_until(is_logging.is_set)
        in_threads(lambda _: [echo(connection, "x") for _ in range(100)], 4)
        if level == logging.INFO:
            assert echo(connection, "after").result() == "after"
        else:
            assert connection.is_paused
        assert is_logging.is_set()  # still
    finally:
        may_go_on.set()


def test_a_log_handler_may_ask_how_many_are_active(own_server: Server, listen: Listen) -> None:
    connection = pipelined(own_server)
    outcomes: list[str] = []

    def tell(record: logging.LogRecord) -> None:
        try:
            outcomes.append(f"{record.levelname}: {echo(connection, 'known').result()}")
        except ActiveUsersUnavailable:
            outcomes.append(f"{record.levelname}: unknown")

    listen(tell)
    assert echo(connection, "before").result() == "before"
    own_server.kill()
    with pytest.raises(ActiveUsersUnavailable):
        echo(connection, "x").result()
    wait_until(lambda: outcomes == ["WARNING: unknown"])
    own_server.start()
    wait_until(lambda: outcomes == ["WARNING: unknown", "INFO: known"])


def test_an_error_is_named_by_its_class(own_server: Server, texts: Callable[[], str]) -> None:
    connection = pipelined(own_server, retry_after=3600)
    own_server.kill()
    with pytest.raises(ActiveUsersUnavailable):
        echo(connection, "x").result()
    wait_until(lambda: "Redis is failing (ConnectionError: " in texts())


@pytest.mark.parametrize("backend", ["locmem.LocMemCache", "dummy.DummyCache"])
def test_a_site_without_redis_is_told_so_once_and_not_that_anything_is_retried(
    backend: str, settings: Any, log: Log, texts: Callable[[], str]
) -> None:
    settings.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{backend}"}}
    settings.ACTIVE_USERS_RETRY_AFTER = 0.01
    told = f"Active users are unknown, because the cache 'default' is not a Redis cache but {backend.split('.')[1]}."
    attempts: list[Exception | None] = []
    for _ in range(3):
        with pytest.raises(ActiveUsersUnavailable, match="is not a Redis cache"):
            get_store().count().result()
    breaker = get_store().connection._exchange.breaker  # type: ignore[attr-defined]
    while len(attempts) < 3:  # each has an error of its own
        wait_until(lambda: breaker.failure not in (None, *attempts))
        attempts.append(breaker.failure)
    get_store().connection.close()
    assert texts() == told
    assert log() == ["INFO"]


def test_no_user_id_is_quoted_where_a_command_is_unknown(
    shared_server: Server, tmp_path: Path, processes: None, settings: Any, texts: Callable[[], str]
) -> None:
    """Such an error of Redis quotes what came with the command."""
    with stopped_nodes(shared_server.executable, tmp_path, 1) as (node,):
        node.start('save ""', 'rename-command EVALSHA ""')
        settings.CACHES = {
            "default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": f"redis://127.0.0.1:{node.port}"}
        }
        settings.ACTIVE_USERS_RETRY_AFTER = 0.1
        get_store().forget("user-4711").result()
        with pytest.raises(ActiveUsersUnavailable, match="unknown command") as caught:
            get_store().forget("user-4711").result()
        wait_until(lambda: "unknown command" in texts())
        assert "4711" not in texts()
        assert "4711" not in str(caught.value)
        get_store().connection.close()


def test_one_broken_shard_of_several_is_one_outage(
    own_server: Server, settings: Any, key: Callable[[str], str], log: Log
) -> None:
    """Not one after the other, each time a person of another shard can be noted."""
    settings.ACTIVE_USERS_SHARDS = 4
    settings.ACTIVE_USERS_RETRY_AFTER = 0.05
    broken = key("users").replace(":0}", ":3}")
    own_server.client.set(broken, "not ours")
    store = get_store()
    before = own_server.connections_received()
    while own_server.connections_received() - before < 10:
        for number in range(40):
            store.note(f"p{number}", "payload")
        with pytest.raises(ActiveUsersUnavailable):
            store.count().result()
    assert log() == ["WARNING"]
    own_server.client.unlink(broken)
    wait_until(lambda: log() == ["WARNING", "INFO"])
    assert store.note("ada", "payload").result() > 0
    store.connection.close()


def test_a_log_handler_that_raises_does_not_end_the_search_for_redis(
    own_server: Server, listen: Listen, capsys: pytest.CaptureFixture[str]
) -> None:
    """Such as one that throttles its mails with the cache, which is down too."""
    connection = pipelined(own_server, retry_after=0.02)

    def tell(record: logging.LogRecord) -> None:
        raise redis.ConnectionError("the handler's own")

    listen(tell)
    own_server.kill()
    with pytest.raises(ActiveUsersUnavailable):
        echo(connection, "x").result()
    wait_until(lambda: connection.is_paused)
    own_server.start()
    wait_until(lambda: not connection.is_paused)
    assert echo(connection, "back").result() == "back"
    wait_until(lambda: "the handler's own" in capsys.readouterr().err)
