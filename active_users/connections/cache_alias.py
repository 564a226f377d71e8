"""
Reads how to reach Redis from a cache alias, and makes connections of our own from it.

Besides the public ``cluster.py``, the only file that imports django-redis or Django's ``RedisCache``.
"""

from __future__ import annotations

import threading
from typing import Any

import redis
from django.core.cache import InvalidCacheBackendError, caches
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.connection import AbstractConnection
from redis.exceptions import AskError
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool, SentinelConnectionPoolProxy

from active_users.cluster import ClusterConnectionFactory
from active_users.connections.base import NotRedis
from active_users.connections.location import check_location


def is_cluster(alias: str) -> bool:
    """Whether the cache ``alias`` is a cluster. Does not connect."""
    try:
        client = getattr(caches[alias], "client", None)
    except Exception:  # a mistake in CACHES, which connecting will report
        return False
    return isinstance(getattr(client, "connection_factory", None), ClusterConnectionFactory)


def find_pool(alias: str) -> redis.ConnectionPool:
    """
    The pool of the cache ``alias``, read for the address and options it holds. No connection is taken from it.

    Raises ``redis.ConnectionError`` if there is no such cache or it is not a Redis cache, and whatever else a mistake
    in ``CACHES`` may raise.
    """
    try:
        cache = caches[alias]
    except InvalidCacheBackendError as error:
        raise redis.ConnectionError(str(error) if alias in caches else f"there is no cache {alias!r}") from error
    kind = type(cache)
    client: Any
    try:
        if isinstance(cache, RedisCache):
            client = cache._cache.get_client(None, write=True)
        elif hasattr(kind, "client") or hasattr(cache, "client"):  # django-redis, even if its client cannot be made
            client = cache.client.get_client(write=True)  # type: ignore[attr-defined]
        else:
            raise NotRedis(f"the cache {alias!r} is not a Redis cache but {kind.__name__}")
    except NotRedis:
        raise
    except NotImplementedError as error:  # of django-redis's ShardClient
        raise redis.ConnectionError(f"the client of the cache {alias!r} has not one server but several") from error
    except Exception:
        check_location(alias)
        raise
    pool = getattr(client, "connection_pool", None)
    if not isinstance(pool, redis.ConnectionPool):
        raise redis.ConnectionError(f"the client of the cache {alias!r}, a {type(client).__name__}, has no usual pool")
    return pool


# Saves two round trips when connecting. Since redis-py has DriverInfo, the other names are deprecated.
NO_DRIVER_INFO = {"driver_info": None} if hasattr(redis, "DriverInfo") else {"lib_name": None, "lib_version": None}


def _options(timeout: float) -> dict[str, Any]:
    return {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "decode_responses": False,
        "protocol": 2,  # all that RESP3 would add is messages that nobody asked for
        **NO_DRIVER_INFO,
    }


def check_address(alias: str, timeout: float) -> None:
    """Raise whatever a mistake in the cache ``alias`` raises, as far as that shows without connecting."""
    if is_cluster(alias):
        check_location(alias)
    else:
        make_connection(alias, timeout)


def make_connection(alias: str, timeout: float) -> AbstractConnection:
    """A connection to the server of the cache ``alias``, not connected yet."""
    return _from_pool(find_pool(alias), timeout)


def _from_pool(pool: redis.ConnectionPool, timeout: float, **address: Any) -> AbstractConnection:
    options = {name: value for name, value in pool.connection_kwargs.items() if "maint_notifications" not in name}
    options |= _options(timeout)
    options |= {
        "retry": Retry(NoBackoff(), 0),
        "retry_on_timeout": False,
        "retry_on_error": [],
        "health_check_interval": 0,
        **address,
    }
    if isinstance(pool, SentinelConnectionPool):
        options["connection_pool"] = _ask_sentinels(pool, timeout)
    connection: AbstractConnection = pool.connection_class(**options)
    return connection


class _NoPool:
    """Stands for the site's pool, whose idle connections redis-py would close whenever we find a new master."""


def _ask_sentinels(pool: SentinelConnectionPool, timeout: float) -> SentinelConnectionPoolProxy:
    """Tells a connection where the master is. Asking all sentinels takes at most ``timeout`` in all."""
    known = pool.sentinel_manager
    addresses = [sentinel.connection_pool.connection_kwargs for sentinel in known.sentinels]
    patience = timeout / len(addresses)
    options = {"socket_timeout": patience, "socket_connect_timeout": patience, "retry": Retry(NoBackoff(), 0)}
    manager = Sentinel(
        [(address["host"], address["port"]) for address in addresses],
        min_other_sentinels=known.min_other_sentinels,
        sentinel_kwargs=known.sentinel_kwargs | options,
    )
    return SentinelConnectionPoolProxy(
        connection_pool=_NoPool(),
        is_master=pool.is_master,
        check_connection=False,
        service_name=pool.service_name,
        sentinel_manager=manager,
    )


class ClusterNodes:
    """
    Finds the node of a cluster that holds a key.

    It remembers the nodes, so that it finds the others when one is gone, ``LOCATION`` included. Only connecting threads
    use it, one at a time.
    """

    def __init__(self, alias: str, timeout: float) -> None:
        self._alias = alias
        self._timeout = timeout
        self._lock = threading.Lock()
        self._client: RedisCluster | None = None

    def make_connection(self, key: str, error: Exception | None) -> AbstractConnection:
        """A connection to the node that holds ``key``, not connected yet. ``error`` ended the last one."""
        with self._lock:
            if self._client is None:
                self._client = self._make_client()
            elif not isinstance(error, AskError):
                self._client.nodes_manager.initialize()
            node = self._client.get_node_from_key(key)
            pool = self._client.get_redis_connection(node).connection_pool
        moved_to = {"host": error.host, "port": error.port} if isinstance(error, AskError) and error.host else {}
        return _from_pool(pool, self._timeout, **moved_to)

    def _make_client(self) -> RedisCluster:
        check_location(self._alias)
        client = caches[self._alias].client  # type: ignore[attr-defined]
        made: RedisCluster = client.connection_factory.make_client(
            client._server[0], retry=Retry(NoBackoff(), 0), **_options(self._timeout)
        )
        return made
