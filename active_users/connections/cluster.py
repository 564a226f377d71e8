"""A connection over an ordinary cluster client."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from redis.cluster import RedisCluster
from redis.exceptions import NoScriptError, RedisClusterException, RedisError

from active_users.connections.base import Connection, Reply, Script


class ClusterConnection(Connection):
    """Runs scripts through an ordinary cluster client: every command waits for its answer."""

    is_ready = False

    def __init__(self, make: Callable[[], RedisCluster], *, retry_after: float) -> None:
        super().__init__(retry_after=retry_after)
        self._make = make
        self._lock = threading.Lock()
        self._client: RedisCluster | None = None

    def submit(self, reply: Reply[Any]) -> None:
        shard = reply.keys[0]  # that other nodes answer says nothing about the one that is down
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
        """Do nothing: ``submit()`` settles every reply."""

    def _run(self, script: Script, parameters: tuple[Any, ...]) -> Any:
        with self._lock:
            client = self._client = self._client or self._make()
        try:
            return client.evalsha(script.sha, *parameters)
        except NoScriptError:
            return client.eval(script.source, *parameters)
