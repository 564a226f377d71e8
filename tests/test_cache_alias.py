"""Connecting as the cache alias says, over a Unix socket, TCP and TLS, but with our own timeouts."""

from __future__ import annotations

import asyncio
import gc
import ssl
import weakref
from pathlib import Path
from typing import Any

import pytest
import redis
import trustme

from active_users import api
from active_users.connections.base import Script
from active_users.connections.cache_alias import find_pool, is_cluster, make_connection
from active_users.connections.registry import get_connection
from active_users.exceptions import ActiveUsersUnavailable
from active_users.store.current import get_store

from .connections import BIG, answers_gone_astray, echo
from .relays import relay_to
from .servers import Server
from .threads import in_threads


def _use(settings: Any, url: str, **options: Any) -> Any:
    settings.CACHES = {
        "default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": url, "OPTIONS": options},
    }
    return get_connection("default", timeout=10, retry_after=1)


def _check_that_it_serves_threads(connection: Any) -> None:
    assert in_threads(lambda name: answers_gone_astray(connection, name, 100), 16) == [[]] * 16
    assert connection.ask(BIG, [], [4_000_000], parse=len).result() == 4_000_000


def test_over_tcp(own_server: Server, settings: Any) -> None:
    with relay_to(own_server) as relay:
        _check_that_it_serves_threads(_use(settings, f"redis://127.0.0.1:{relay.port}/0"))


def test_over_tls(own_server: Server, settings: Any, tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with relay_to(own_server, context) as relay:
        url = f"rediss://localhost:{relay.port}/0"
        _check_that_it_serves_threads(_use(settings, f"{url}?ssl_ca_certs={tmp_path / 'ca.pem'}"))
        with pytest.raises(ActiveUsersUnavailable, match="certificate"):
            echo(_use(settings, url), "x").result()


def test_in_one_event_loop_after_another() -> None:
    get_store().note("7", "payload")

    async def ask() -> list[int]:
        return await asyncio.gather(*(api.aget_active_users_count() for _ in range(5)))

    assert [asyncio.run(ask()) for _ in range(3)] == [[1] * 5] * 3


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("backend", ["django_redis.cache.RedisCache", "django.core.cache.backends.redis.RedisCache"])
def test_connections_have_the_options_of_the_cache_but_our_own_timeouts(
    backend: str, protocol: int, own_server: Server, settings: Any
) -> None:
    own_server.client.config_set("requirepass", "secret")
    url = f"unix://:secret@{own_server.socket}?db=3&protocol={protocol}&socket_timeout=30&decode_responses=true"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": url}}
    assert make_connection("default", timeout=0.7).socket_timeout == 0.7
    store = Script(b"redis.call('SET', KEYS[1], '1') return ARGV[1]")
    connection = get_connection("default", timeout=10, retry_after=1)
    assert connection.ask(store, ["here"], [b"x"], parse=bytes).result() == b"x"
    own_server.client.execute_command("AUTH", "secret")
    own_server.client.select(3)
    assert own_server.client.get("here") == b"1"
    own_server.client.select(0)


@pytest.mark.parametrize("options", [{"PASSWORD": "wrong"}, {"PASSWORD": None}])
def test_a_wrong_password_is_a_failure_like_any_other(
    options: dict[str, Any], own_server: Server, settings: Any
) -> None:
    own_server.client.config_set("requirepass", "secret")
    settings.CACHES = {"default": own_server.cache["default"] | {"OPTIONS": options}}
    with pytest.raises(ActiveUsersUnavailable) as caught:
        echo(get_connection("default", timeout=10, retry_after=1), "x").result()
    assert "wrong" not in str(caught.value).replace("wrong number", "").replace("WRONGPASS", "")


def test_a_name_that_does_not_resolve_is_a_failure_like_any_other(settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis://nowhere.invalid"}}
    with pytest.raises(ActiveUsersUnavailable):
        echo(get_connection("default", timeout=10, retry_after=1), "x").result()


@pytest.mark.parametrize("alias", ["missing", "memory"])
def test_the_error_names_an_alias_that_is_missing_or_not_redis(alias: str, settings: Any) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
        "memory": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    }
    with pytest.raises(redis.ConnectionError, match=repr(alias)):
        find_pool(alias)


def test_threads_that_start_together_get_the_same_connection() -> None:
    found = in_threads(lambda which: get_connection("default", timeout=1.25, retry_after=1), 16)
    assert len(set(map(id, found))) == 1


def test_changed_settings_take_effect_at_once_and_the_connections_they_replace_are_dropped(
    own_server: Server, settings: Any
) -> None:
    first = get_connection("default", timeout=1, retry_after=1)
    assert get_connection("default", timeout=1, retry_after=1) is first
    assert get_connection("default", timeout=2, retry_after=1) is not first
    settings.CACHES = {"default": {**own_server.cache["default"]}}
    assert get_connection("default", timeout=1, retry_after=1) is not first
    dropped = weakref.ref(first)
    del first
    gc.collect()
    assert dropped() is None


def test_a_single_server_is_not_a_cluster() -> None:
    assert not is_cluster("default")
    assert not is_cluster("missing")
