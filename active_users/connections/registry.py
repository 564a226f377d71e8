"""One connection per process and cache alias, which all threads of the process share."""

from __future__ import annotations

import os
from typing import Any

from active_users.connections.base import Connection
from active_users.connections.cache_alias import ClusterNodes, is_cluster, make_connection
from active_users.connections.cluster import ClusterConnection
from active_users.connections.pipelined import PipelinedConnection
from active_users.settings import active_users_settings

# The key ends with the id of the alias's configuration; the value keeps that object, so that no other gets its id.
_Key = tuple[int, str, float, float, int]
_connections: dict[_Key, tuple[Any, Connection]] = {}


def get_connection(alias: str, *, timeout: float, retry_after: float) -> Connection:
    """This process's connection to the Redis behind the cache ``alias``, the same one for all threads."""
    configuration = active_users_settings.CACHES.get(alias)
    key = (os.getpid(), alias, timeout, retry_after, id(configuration))
    found = _connections.get(key)
    if found is None:
        made = configuration, _new_connection(alias, timeout, retry_after)
        found = _connections.setdefault(key, made)
        _drop_those_replaced_by(key)
    return found[1]


def _new_connection(alias: str, timeout: float, retry_after: float) -> Connection:
    if is_cluster(alias):
        nodes = ClusterNodes(alias, timeout)
        return ClusterConnection(nodes.make_connection, timeout=timeout, retry_after=retry_after)
    return PipelinedConnection(lambda error: make_connection(alias, timeout), timeout=timeout, retry_after=retry_after)


def _drop_those_replaced_by(key: _Key) -> None:
    """Drop connections from before this process was forked, or to what the alias was before the settings changed."""
    process, alias, _, _, configuration = key
    for other in list(_connections):
        if other[0] != process or (other[1] == alias and other[4] != configuration):
            _, connection = _connections.pop(other, (None, None))
            if connection is not None:
                connection.close()
