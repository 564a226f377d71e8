"""
For a cache alias that is a Redis Cluster or Valkey Cluster.

``CACHES = {"default": {…, "OPTIONS": {"CONNECTION_FACTORY": "active_users.cluster.ClusterConnectionFactory"}}}``

django-redis has no cluster client of its own. The rest of django-redis works with this one too, as long as each command
touches one key.
"""

from __future__ import annotations

import os
from typing import Any, ClassVar

from django_redis.pool import ConnectionFactory
from redis.cluster import RedisCluster

__all__ = ["ClusterConnectionFactory"]


class ClusterConnectionFactory(ConnectionFactory):  # type: ignore[misc]
    """Makes django-redis connect to a cluster. ``LOCATION`` is the address of any of its nodes."""

    _clients: ClassVar[dict[tuple[int, str], RedisCluster]] = {}

    def connect(self, url: str) -> RedisCluster:
        """This process's client for the cluster, shared because discovering the cluster takes several round trips."""
        key = (os.getpid(), url)
        if key not in self._clients:
            self._clients[key] = self.make_client(url)
        return self._clients[key]

    def disconnect(self, connection: RedisCluster) -> None:
        connection.disconnect_connection_pools()  # not close(), because other aliases may share the client

    def make_client(self, url: str, **options: Any) -> RedisCluster:
        """A client with redis-py ``options`` on top of the alias's own."""
        parameters = self.make_connection_params(url) | self.pool_cls_kwargs | self.redis_client_cls_kwargs
        return RedisCluster.from_url(**parameters | options)
