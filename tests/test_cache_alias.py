"""From a cache alias to Redis: over a Unix socket, TCP and TLS, with what the alias says and our own timeouts."""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import redis
import trustme

from active_users import api
from active_users.connections import registry
from active_users.connections.base import Script
from active_users.connections.cache_alias import find_pool, is_cluster
from active_users.connections.registry import get_connection
from active_users.exceptions import ActiveUsersUnavailable
from active_users.store.current import get_store

from .conftest import SOURCES, Server, in_threads
from .test_connection import BIG, echo


@pytest.fixture
def listen(own_server: Server) -> Iterator[Callable[..., int]]:
    """Let the server listen on a TCP port too, through TLS where a context is given; the answer is the port."""
    listeners: list[socket.socket] = []

    def serve(listener: socket.socket, context: ssl.SSLContext | None) -> None:
        with suppress(OSError):
            while True:
                peer, _ = listener.accept()
                threading.Thread(target=connect, args=[peer, context], daemon=True).start()

    def connect(peer: socket.socket, context: ssl.SSLContext | None) -> None:
        with suppress(OSError), peer, socket.socket(socket.AF_UNIX) as upstream:
            upstream.connect(own_server.socket)
            # Python's ssl cannot read and write one socket in two threads at once, so this end takes turns.
            secure = context.wrap_socket(peer, server_side=True) if context else peer
            with secure:
                pump(secure, upstream)

    def listen(context: ssl.SSLContext | None = None) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=serve, args=[listener, context], daemon=True).start()
        port: int = listener.getsockname()[1]
        return port

    yield listen
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def pump(one: Any, other: socket.socket) -> None:
    """Carry bytes to and fro until either side closes."""
    while True:
        ready = [one] if isinstance(one, ssl.SSLSocket) and one.pending() else select.select([one, other], [], [])[0]
        for source in ready:
            data = source.recv(65536)
            if not data:
                return
            (other if source is one else one).sendall(data)


def _use(settings: Any, url: str, **options: Any) -> Any:
    settings.CACHES = {
        "default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": url, "OPTIONS": options},
    }
    return get_connection("default", timeout=2, retry_after=0.2)


def _work_in_threads(connection: Any) -> None:
    wrong: list[str] = []

    def work(name: int) -> None:
        texts = [f"{name}.{number}" for number in range(100)]
        wrong.extend(text for text in texts if echo(connection, text).result() != text)

    in_threads(work, 16)
    assert wrong == []


def test_over_tcp(listen: Callable[..., int], settings: Any) -> None:
    connection = _use(settings, f"redis://127.0.0.1:{listen()}/0")
    _work_in_threads(connection)
    assert connection.ask(BIG, [], [4_000_000], parse=len).result() == 4_000_000


def test_over_tls(listen: Callable[..., int], settings: Any, tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    url = f"rediss://localhost:{listen(context)}/0"
    connection = _use(settings, f"{url}?ssl_ca_certs={tmp_path / 'ca.pem'}")
    _work_in_threads(connection)
    assert connection.ask(BIG, [], [4_000_000], parse=len).result() == 4_000_000
    with pytest.raises(ActiveUsersUnavailable, match="certificate"):
        echo(_use(settings, url), "x").result()


def test_in_one_event_loop_after_another(own_server: Server) -> None:
    get_store().note("7", "payload")

    async def ask() -> list[int]:
        return await asyncio.gather(*(api.aget_active_users_count() for _ in range(5)))

    assert [asyncio.run(ask()) for _ in range(3)] == [[1] * 5] * 3


def test_under_gevent(own_server: Server) -> None:
    program = Path(__file__).parent / "under_gevent.py"
    command = [sys.executable, str(program), own_server.socket]
    outcome = subprocess.run(command, cwd=SOURCES.parent, capture_output=True, text=True, timeout=60, check=False)
    assert (outcome.stdout.strip(), outcome.returncode) == ("every greenlet got its own answers", 0), outcome.stderr


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("backend", ["django_redis.cache.RedisCache", "django.core.cache.backends.redis.RedisCache"])
def test_the_cache_says_how_to_connect_and_our_timeouts_are_our_own(
    backend: str, protocol: int, own_server: Server, settings: Any
) -> None:
    own_server.client.config_set("requirepass", "secret")
    url = f"unix://:secret@{own_server.socket}?db=3&protocol={protocol}&socket_timeout=30&decode_responses=true"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": url}}
    connection: Any = get_connection("default", timeout=0.7, retry_after=1)
    store = Script("redis.call('SET', KEYS[1], '1') return ARGV[1]")
    assert connection.ask(store, ["here"], ["x"], parse=bytes).result() == b"x"
    assert connection._connection is not None
    assert connection._connection.socket_timeout == 0.7
    own_server.client.execute_command("AUTH", "secret")
    own_server.client.select(3)
    assert own_server.client.get("here") == b"1"
    own_server.client.select(0)


@pytest.mark.parametrize("options", [{"PASSWORD": "wrong"}, {"PASSWORD": None}])
def test_a_wrong_password_is_a_failure_like_another(options: dict[str, Any], own_server: Server, settings: Any) -> None:
    own_server.client.config_set("requirepass", "secret")
    settings.CACHES = {"default": own_server.cache["default"] | {"OPTIONS": options}}
    with pytest.raises(ActiveUsersUnavailable) as caught:
        echo(get_connection("default", timeout=1, retry_after=1), "x").result()
    assert "wrong" not in str(caught.value).replace("wrong number", "").replace("WRONGPASS", "")


def test_a_name_that_does_not_resolve_is_a_failure_like_another(settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis://nowhere.invalid"}}
    with pytest.raises(ActiveUsersUnavailable):
        echo(get_connection("default", timeout=1, retry_after=1), "x").result()


@pytest.mark.parametrize("alias", ["missing", "memory"])
def test_an_alias_that_is_missing_or_not_redis_is_named(alias: str, settings: Any) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
        "memory": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    }
    with pytest.raises(redis.ConnectionError, match=repr(alias)):
        find_pool(alias)


def test_threads_that_come_at_once_get_the_same_connection(own_server: Server) -> None:
    barrier = threading.Barrier(16)
    found: list[Any] = []

    def find(which: int) -> None:
        barrier.wait()
        found.append(get_connection("default", timeout=1.25, retry_after=1))

    in_threads(find, 16)
    assert len(found) == 16
    assert len(set(map(id, found))) == 1


def test_changed_settings_are_heeded_at_once(own_server: Server, settings: Any) -> None:
    first = get_connection("default", timeout=1, retry_after=1)
    assert get_connection("default", timeout=1, retry_after=1) is first
    assert get_connection("default", timeout=2, retry_after=1) is not first
    settings.CACHES = own_server.cache
    second = get_connection("default", timeout=1, retry_after=1)
    assert second is not first
    assert first not in [connection for _, connection in registry._connections.values()]


def test_a_server_is_no_cluster(own_server: Server) -> None:
    assert not is_cluster("default")
    assert not is_cluster("missing")
