"""What goes wrong around Redis: nobody waits for it, and the server that is meant is found again."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from active_users.exceptions import ActiveUsersUnavailable
from active_users.store.current import get_store
from active_users.store.sharded import ActiveUserStore

from .browsers import Browser
from .clocks import Clock
from .connections import echo, pipelined_over_tcp
from .names import HOST, Names
from .ports import refusing_port, swallowing_port
from .relays import Relay, relay_to
from .servers import Server, running_server
from .threads import in_threads
from .waiting import PATIENCE, wait_until

Log = Callable[[], list[str]]


@pytest.fixture
def relay(own_server: Server) -> Iterator[Relay]:
    with relay_to(own_server) as relay:
        yield relay


@pytest.fixture
def new_master(processes: None) -> Iterator[Relay]:
    """Another server, which is well."""
    with running_server() as server, relay_to(server) as relay:
        yield relay


@pytest.fixture
def names(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> Iterator[Names]:
    """The name of the test's server."""
    names = Names()
    names.ports = [relay.port]
    monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    yield names
    names.answer()


@pytest.fixture
def store(names: Names, settings: Any) -> Iterator[ActiveUserStore]:
    """The site's, which reaches Redis by name."""
    settings.CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": f"redis://{HOST}"}}
    settings.ACTIVE_USERS_TOUCH_INTERVAL = 0
    settings.ACTIVE_USERS_RETRY_AFTER = 0.1
    yield get_store()
    get_store().connection.close()


def _become_a_replica(server: Server) -> None:
    """Of a master that nobody can reach."""
    with refusing_port() as port:
        server.client.replicaof("127.0.0.1", str(port))


def _become_a_replica_that_serves_nothing(server: Server) -> None:
    server.client.config_set("replica-serve-stale-data", "no")
    _become_a_replica(server)


def _lose_all_replicas(server: Server) -> None:
    server.client.config_set("min-replicas-to-write", 1)


def _fail_to_save(server: Server) -> None:
    (Path(server.socket).parent / "data" / "dump.rdb").mkdir()  # where the file should be
    server.client.config_set("save", "3600 1000000")
    server.client.bgsave()
    wait_until(lambda: server.client.info("persistence")["rdb_last_bgsave_status"] == "err")


def _run_out_of_memory(server: Server) -> None:
    server.client.config_set("maxmemory", 1)


def _forbid_scripts(server: Server) -> None:
    server.client.execute_command("ACL", "SETUSER", "default", "-eval", "-evalsha")


@pytest.mark.parametrize(
    "breaks",
    [
        _become_a_replica,
        _become_a_replica_that_serves_nothing,
        _lose_all_replicas,
        _fail_to_save,
        _run_out_of_memory,
        _forbid_scripts,
    ],
)
def test_a_server_that_answers_but_cannot_serve_is_left_for_the_one_that_the_name_now_has(
    store: ActiveUserStore, own_server: Server, names: Names, new_master: Relay, breaks: Callable[[Server], None]
) -> None:
    store.note("ada", "payload").result()
    assert own_server.client.exists(store.shard(0).users_key)
    names.ports = [new_master.port]
    breaks(own_server)
    with suppress(ActiveUsersUnavailable):  # some of the errors might have been about the command
        store.note("bob", "payload").result()
    wait_until(lambda: not store.connection.is_paused)
    assert store.note("bob", "payload").result() == 1
    assert new_master.server.client.exists(store.shard(0).users_key)


def test_a_server_that_is_still_loading_is_left_as_well(
    store: ActiveUserStore, names: Names, relay: Relay, new_master: Relay
) -> None:
    store.note("ada", "payload").result()
    names.ports = [new_master.port]
    relay.pieces = lambda answer: [b"-LOADING Redis is loading the dataset in memory\r\n"]
    assert store.note("bob", "payload").result() == 1


@pytest.mark.parametrize("is_known_to_fail", [False, True])
def test_behind_a_proxy_that_leaves_old_connections_alone_the_new_master_is_found(
    store: ActiveUserStore, own_server: Server, relay: Relay, new_master: Relay, is_known_to_fail: bool, log: Log
) -> None:
    store.note("ada", "payload").result()
    _become_a_replica(own_server)
    if is_known_to_fail:
        with pytest.raises(ActiveUsersUnavailable, match=r"(?i)read.?only"):
            store.note("bob", "payload").result()
    relay.server = new_master.server
    wait_until(lambda: not store.connection.is_paused)
    assert store.note("bob", "payload").result() == 1
    wait_until(lambda: log() == (["WARNING", "INFO"] if is_known_to_fail else []))


def test_a_look_up_that_hangs_keeps_no_page_waiting(
    browser: Browser, ada: User, store: ActiveUserStore, names: Names, relay: Relay
) -> None:
    browser.log_in(ada).get("/plain")
    assert store.count().result() == 1
    names.hang()
    relay.server.kill()
    for path in ["/plain", "/aplain", "/greet", "/agreet"] * 5:
        assert browser.get(path).status_code == 200
    in_threads(lambda which: store.note(f"p{which}", "payload"), 8)
    wait_until(lambda: names.is_hanging)
    assert names.lookups == 2  # one when all was well, and the one that hangs
    relay.server.start()
    names.answer()
    wait_until(lambda: not store.connection.is_paused)
    store.note("bob", "payload").result()


def test_while_a_look_up_hangs_a_count_waits_the_timeout_once(
    store: ActiveUserStore, names: Names, clock: Clock
) -> None:
    names.hang()
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(store.count().result) for _ in range(4)]
        wait_until(lambda: names.is_hanging)
        clock.put_forward(10)
        for each in waiting:
            with pytest.raises(ActiveUsersUnavailable, match="no connection within 10 s"):
                each.result()
    assert names.is_hanging
    assert names.lookups == 1
    with pytest.raises(ActiveUsersUnavailable, match="no connection within 10 s"):
        store.count().result()


def test_after_a_connection_was_lost_pages_wait_a_part_of_the_timeout_for_another_and_then_no_more(
    browser: Browser, ada: User, store: ActiveUserStore, names: Names, relay: Relay, clock: Clock, log: Log
) -> None:
    browser.log_in(ada)
    assert _number_on(browser, "/count") == b"1"
    names.hang()
    relay.server.kill()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(store.count().result)
        wait_until(lambda: names.is_hanging)
        assert not waiting.done()
        clock.put_forward(5)  # of 10
        with pytest.raises(ActiveUsersUnavailable, match="the connection was lost"):
            waiting.result()
    for path in ("/count", "/acount") * 2:
        with pytest.raises(ActiveUsersUnavailable, match="the connection was lost"):
            store.count().result()
        assert _number_on(browser, path) == b""
    assert log() == []  # there may be a connection in time for what was asked
    relay.server.start()
    names.answer()
    wait_until(lambda: _number_on(browser, "/count") == b"1")
    assert log() == []


def _number_on(browser: Browser, path: str) -> bytes:
    number: bytes = browser.get(path).content.strip()
    return number


def test_a_connection_that_was_idle_is_replaced_within_the_timeout(
    store: ActiveUserStore, names: Names, clock: Clock
) -> None:
    """Nothing says that it would take long. Where the server is far away it takes a while."""
    store.note("ada", "payload").result()
    clock.put_forward(3600)
    names.hang()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(store.count().result)
        wait_until(lambda: names.is_hanging)
        clock.put_forward(5)  # of 10
        names.answer()
        assert waiting.result() == 1


def test_addresses_that_swallow_packets_keep_no_note_waiting_and_a_count_only_for_the_timeout(
    store: ActiveUserStore, names: Names, settings: Any, clock: Clock
) -> None:
    settings.ACTIVE_USERS_REDIS_TIMEOUT = PATIENCE
    store = get_store()
    with ExitStack() as stack:
        names.ports = [stack.enter_context(swallowing_port()) for _ in range(4)]
        start = time.perf_counter()
        for number in range(100):
            store.note(f"p{number}", "payload")
        count = store.count()
        pool = stack.enter_context(ThreadPoolExecutor(1))
        waiting = pool.submit(count.result)
        wait_until(lambda: names.lookups == 1)
        clock.put_forward(PATIENCE)
        with pytest.raises(ActiveUsersUnavailable, match="no connection within"):
            waiting.result()
        assert time.perf_counter() - start < PATIENCE / 2
        assert names.lookups == 1


def test_what_waits_for_a_connection_is_bounded(names: Names) -> None:
    """A site that only notes does not find out by a timeout that nobody sends its notes."""
    names.hang()
    connection = pipelined_over_tcp(names.ports[0], timeout=PATIENCE, host=HOST)
    replies = [echo(connection, str(number)) for number in range(10_001)]
    with pytest.raises(ActiveUsersUnavailable, match="10000 commands are waiting"):
        replies[-1].result()
    assert sum(reply.is_settled for reply in replies) == 1
    names.answer()
    assert replies[0].result() == "0"
    assert replies[9_999].result() == "9999"
