"""A real cluster of three masters, run with the embedded server's program."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache, close_caches
from django.test import override_settings
from django_redis import get_redis_connection
from redis.cluster import RedisCluster

from active_users import api
from active_users.checks import check_settings
from active_users.connections.cache_alias import is_cluster
from active_users.exceptions import ActiveUsersUnavailable
from active_users.store.current import get_store

from .browsers import Browser
from .clusters import move_slot, running_cluster, wait_until_whole
from .nodes import Node
from .servers import Server
from .threads import in_threads, repeated_in_a_thread
from .waiting import wait_until

Log = Callable[[], list[str]]


@pytest.fixture(scope="session")
def nodes(shared_server: Server, tmp_path_factory: pytest.TempPathFactory, processes: None) -> Iterator[list[Node]]:
    with running_cluster(shared_server.executable, tmp_path_factory.mktemp("cluster")) as nodes:
        yield nodes


@pytest.fixture
def cluster(nodes: list[Node], settings: Any) -> Iterator[list[Node]]:
    settings.CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": f"redis://127.0.0.1:{nodes[0].port}",
            "OPTIONS": {"CONNECTION_FACTORY": "active_users.cluster.ClusterConnectionFactory"},
        }
    }
    settings.ACTIVE_USERS_KEY_PREFIX = f"test-{uuid4().hex[:12]}"
    settings.ACTIVE_USERS_SHARDS = 6
    settings.ACTIVE_USERS_TOUCH_INTERVAL = 0
    settings.ACTIVE_USERS_RETRY_AFTER = 0.2
    yield nodes
    settings.ACTIVE_USERS_RETRY_AFTER = 1  # gives a new connection, whose breaker no test has opened
    api.clear()


def _users_key(shard: int) -> str:
    return get_store().shard(shard).users_key


def _port_of(cluster: list[Node], key: str) -> int:
    """The port of the node that holds ``key``."""
    with RedisCluster(host="127.0.0.1", port=cluster[0].port) as client:
        port: int = client.get_node_from_key(key).port
        return port


def test_the_alias_is_recognized_as_a_cluster_and_gives_the_same_answers_as_one_server(
    cluster: list[Node], browser: Browser, ada: User, bob: User
) -> None:
    assert is_cluster("default")
    assert browser.log_in(ada).get("/count").content.strip() == b"1"
    assert browser.log_in(bob).get("/count").content.strip() == b"2"
    assert [user["username"] for user in api.get_active_users(limit=10)] == ["bob", "ada"]
    assert [user["username"] for user in api.get_active_users()] == ["bob", "ada"]
    assert set(api.get_last_seen([ada, bob])) == {ada.pk, bob.pk}
    assert api.forget(ada) is True
    assert browser.get("/active-users-info/").json()["count"] == 1
    assert "<strong>1</strong>" in browser.get("/active-users-live/").content.decode()
    browser.get("/logout")
    assert api.get_active_users_count() == 0


def test_people_are_spread_over_all_masters(cluster: list[Node]) -> None:
    store = get_store()
    for number in range(60):
        store.note(f"p{number}", "payload")
    assert {_port_of(cluster, _users_key(shard)) for shard in range(6)} == {node.port for node in cluster}
    assert store.count().result() == 60
    assert len(api.get_active_users()) == 60


def test_the_cache_itself_works_too(cluster: list[Node]) -> None:
    cache.set("greeting", {"hello": "world"}, 60)
    assert cache.get("greeting") == {"hello": "world"}
    cache.delete("greeting")
    assert cache.get("greeting") is None


def test_the_aliases_of_one_cluster_share_a_client(cluster: list[Node], settings: Any) -> None:
    settings.CACHES = settings.CACHES | {"other": settings.CACHES["default"]}
    assert get_redis_connection("default") is get_redis_connection("other")


def test_a_site_that_closes_the_cache_after_each_request_can_go_on_using_it(cluster: list[Node], settings: Any) -> None:
    settings.DJANGO_REDIS_CLOSE_CONNECTION = True
    location = f"redis://127.0.0.1:{cluster[1].port}"  # not the other tests' client, which this breaks
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": location}}
    for number in range(30):  # enough to reach all nodes
        cache.set(f"greeting {number}", "hello", 60)
        close_caches()  # as Django does after each request
        assert cache.get(f"greeting {number}") == "hello"
        cache.delete(f"greeting {number}")


def test_a_flushed_script_cache_does_not_count_as_a_failure(cluster: list[Node], log: Log) -> None:
    store = get_store()
    store.note("ada", "payload").result()
    for node in cluster:
        node.client.script_flush()
    assert store.count().result() == 1
    assert log() == []


def test_no_page_fails_while_a_master_is_down_and_people_count_again_once_it_is_back(
    cluster: list[Node], browser: Browser, ada: User, log: Log
) -> None:
    assert browser.log_in(ada).get("/count").content.strip() == b"1"
    port = _port_of(cluster, get_store().shard_of(str(ada.pk)).users_key)
    (victim,) = (node for node in cluster if node.port == port)
    victim.kill()
    try:
        for _ in range(20):
            assert browser.get("/plain").content == b"plain"
            assert browser.get("/count").status_code == 200
        assert log() == ["WARNING"]
    finally:
        victim.restart()
        wait_until_whole(cluster)
    wait_until(lambda: browser.get("/count").content.strip() == b"1")


def test_a_hung_master_slows_down_one_page(cluster: list[Node], browser: Browser, ada: User, settings: Any) -> None:
    settings.ACTIVE_USERS_REDIS_TIMEOUT = timeout = 3  # longer than a page takes even on a busy machine
    settings.ACTIVE_USERS_RETRY_AFTER = 3600
    browser.log_in(ada).get("/count")
    cluster[1].signal(signal.SIGSTOP)
    try:
        slow = 0
        for _ in range(30):
            start = time.monotonic()
            assert browser.get("/count").status_code == 200
            slow += time.monotonic() - start >= timeout
        assert slow == 1
    finally:
        cluster[1].signal(signal.SIGCONT)
        wait_until_whole(cluster)


@contextmanager
def _hung(cluster: list[Node], *hung: Node) -> Iterator[None]:
    for node in hung:
        node.signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for node in hung:
            node.signal(signal.SIGCONT)
        wait_until_whole(cluster)


def test_while_all_masters_hang_notes_wait_for_nothing_and_counts_for_the_timeout_once(
    cluster: list[Node], settings: Any
) -> None:
    settings.ACTIVE_USERS_REDIS_TIMEOUT = timeout = 6
    settings.ACTIVE_USERS_RETRY_AFTER = 3600
    store = get_store()
    for number in range(60):  # on all shards
        store.note(f"p{number}", "payload").result()

    def count(_: int) -> float:
        start = time.monotonic()
        with pytest.raises(ActiveUsersUnavailable):
            store.count().result()
        return time.monotonic() - start

    with _hung(cluster, *cluster):
        start = time.monotonic()
        in_threads(lambda which: [store.note(f"p{which}.{number}", "payload") for number in range(30)], 8)
        assert time.monotonic() - start < timeout
        assert max(in_threads(count, 8)) < timeout * 2  # not once for each shard, node or thread
    store.connection.close()


def test_while_one_master_hangs_the_others_answer_for_their_people(cluster: list[Node], settings: Any) -> None:
    settings.ACTIVE_USERS_REDIS_TIMEOUT = timeout = 4
    settings.ACTIVE_USERS_RETRY_AFTER = 3600
    store = get_store()
    for number in range(60):
        store.note(f"p{number}", "payload").result()
    known = {number: store.shard(number).count().result() for number in range(6)}
    assert sum(known.values()) == 60
    ports = [_port_of(cluster, _users_key(number)) for number in range(6)]
    on_hung = [number for number, port in enumerate(ports) if port == ports[0]]
    assert len(on_hung) < 6
    with _hung(cluster, next(node for node in cluster if node.port == ports[0])):
        start = time.monotonic()
        for count in [store.shard(number).count() for number in on_hung]:
            with pytest.raises(ActiveUsersUnavailable):
                count.result()
        assert time.monotonic() - start < timeout * 2
        for number in set(range(6)) - set(on_hung):
            assert store.shard(number).count().result() == known[number]
    store.connection.close()


def test_one_broken_key_is_one_outage_in_the_log(cluster: list[Node], settings: Any, log: Log) -> None:
    """However many shards there are, and however often the others answer."""
    settings.ACTIVE_USERS_RETRY_AFTER = 0.05
    store = get_store()
    node = next(node for node in cluster if node.port == _port_of(cluster, _users_key(0)))
    node.client.set(_users_key(0), "not ours")
    before = node.client.info("stats")["total_connections_received"]
    while node.client.info("stats")["total_connections_received"] - before < 10:
        for number in range(40):
            store.note(f"p{number}", "payload")
        with pytest.raises(ActiveUsersUnavailable):
            store.count().result()
    assert log() == ["WARNING"]
    node.client.unlink(_users_key(0))
    wait_until(lambda: log() == ["WARNING", "INFO"])
    store.connection.close()


def test_an_alias_that_does_not_know_it_is_a_cluster_is_told_what_it_lacks(
    cluster: list[Node], caplog: pytest.LogCaptureFixture
) -> None:
    factory = "active_users.cluster.ClusterConnectionFactory"
    plain = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": f"redis://127.0.0.1:{cluster[0].port}"}
    with override_settings(CACHES={"default": plain}):
        store = get_store()
        for number in range(60):  # some of them are on other nodes
            store.note(f"p{number}", "payload")
        with pytest.raises(ActiveUsersUnavailable, match=re.escape(factory)):
            store.count().result()
        wait_until(lambda: factory in caplog.text)
        store.connection.close()


def test_a_slot_that_moves_while_people_are_noted_loses_nobody(cluster: list[Node], log: Log) -> None:
    store = get_store()
    failed: list[str] = []

    def note_everybody() -> None:
        for number in range(50):
            store.note(f"p{number}", "payload", on_failure=lambda: failed.append("a note"))

    source_port = _port_of(cluster, _users_key(0))
    source = next(node for node in cluster if node.port == source_port)
    target = next(node for node in cluster if node.port != source_port)
    slot = source.client.cluster("KEYSLOT", _users_key(0))
    with repeated_in_a_thread(note_everybody):
        move_slot(slot, source, target, cluster)
    assert failed == []
    note_everybody()
    assert store.count().result() == 50
    assert target.client.zcard(_users_key(0)) > 0
    assert log() == []


def test_a_cluster_on_one_shard_gets_a_warning(cluster: list[Node], settings: Any) -> None:
    assert check_settings() == []
    settings.ACTIVE_USERS_SHARDS = 1
    (message,) = check_settings()
    assert message.id == "active_users.W003"
    assert "a count or list asks every shard" in str(message.hint)
