"""
A cache alias that is a Redis Cluster or Valkey Cluster.

``CACHES = {"default": {…, "OPTIONS": {"CONNECTION_FACTORY": "active_users.cluster.ClusterConnectionFactory"}}}``

django-redis has no cluster client of its own. Its other uses of the cache work with this one too, as far as each of
their commands keeps to one key.
"""

from __future__ import annotations

import os
from typing import Any, ClassVar

from django_redis.pool import ConnectionFactory
from redis.cluster import RedisCluster


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
