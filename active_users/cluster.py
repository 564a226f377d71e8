"""
A cache alias that is a Redis Cluster or Valkey Cluster.

``CACHES = {"default": {…, "OPTIONS": {"CONNECTION_FACTORY": "active_users.cluster.ClusterConnectionFactory"}}}``

django-redis has no cluster client of its own. Its other uses of the cache work with this one too, as far as each of
their commands keeps to one key.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any, ClassVar

from django_redis.pool import ConnectionFactory
from redis.cluster import RedisCluster
from redis.exceptions import NoScriptError, RedisClusterException, RedisError

from active_users.connection import Connection, Reply, Script


class ClusterConnectionFactory(ConnectionFactory):  # type: ignore[misc]
    """Makes django-redis connect to a cluster. ``LOCATION`` is the address of any of its nodes."""

    _clients: ClassVar[dict[tuple[int, str], RedisCluster]] = {}

    def connect(self, url: str) -> RedisCluster:
        """The client of this process for the cluster; getting to know the cluster takes several round trips."""
        key = (os.getpid(), url)
        if key not in self._clients:
            self._clients[key] = self.make_client(url)
        return self._clients[key]

    def disconnect(self, connection: RedisCluster) -> None:
        connection.close()

    def make_client(self, url: str, **options: Any) -> RedisCluster:
        """A client with ``options`` of redis-py's besides the alias's own."""
        parameters = self.make_connection_params(url) | self.pool_cls_kwargs | self.redis_client_cls_kwargs
        return RedisCluster.from_url(**parameters | options)


class ClusterConnection(Connection):
    """Scripts run through an ordinary cluster client, which answers at once: each command waits for the network."""

    is_ready = False

    def __init__(self, make: Callable[[], RedisCluster], *, retry_after: float) -> None:
        super().__init__(retry_after=retry_after)
        self._make = make
        self._lock = threading.Lock()
        self._client: RedisCluster | None = None

    def submit(self, reply: Reply[Any]) -> None:
        shard = reply.keys[0]  # while one node is down, that the others answer says nothing
        if not self._breaker.admits(shard):
            reply.fail(self._breaker.failure)
            return
        try:
            reply.succeed(self._run(reply.script, reply.parameters))
            self._breaker.close(shard)
        except (RedisError, RedisClusterException) as error:
            reply.fail(error)
            self._breaker.open(error, closed_by=shard)

    def wait_for(self, reply: Reply[Any]) -> None:
        """Nobody needs to: every reply is settled when it is submitted."""

    def _run(self, script: Script, parameters: tuple[Any, ...]) -> Any:
        with self._lock:
            client = self._client = self._client or self._make()
        try:
            return client.evalsha(script.sha, *parameters)
        except NoScriptError:
            return client.eval(script.source, *parameters)
