"""A master, a replica, and three sentinels that watch them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .nodes import Node, stopped_nodes
from .waiting import wait_until


@dataclass
class SentinelGroup:
    name: str
    master: Node
    replica: Node
    sentinels: list[Node]

    @property
    def cache(self) -> dict[str, dict[str, Any]]:
        """The setting CACHES, with the master as the default cache."""
        options = {
            "CLIENT_CLASS": "django_redis.client.SentinelClient",
            "CONNECTION_FACTORY": "django_redis.pool.SentinelConnectionFactory",
            "SENTINELS": [["127.0.0.1", node.port] for node in self.sentinels],
        }
        location = f"redis://{self.name}/0"
        return {
            "default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": location, "OPTIONS": options},
        }


@contextmanager
def running_sentinels(executable: str, directory: Path) -> Iterator[SentinelGroup]:
    """Run a group inside the block. Gives it once every sentinel knows the other sentinels and the replica."""
    with stopped_nodes(executable, directory, 5) as nodes:
        group = SentinelGroup("people", nodes[0], nodes[1], nodes[2:])
        group.master.start('save ""')
        group.replica.start('save ""', f"replicaof 127.0.0.1 {group.master.port}")
        wait_until(lambda: group.replica.client.info("replication")["master_link_status"] == "up")
        for node in group.sentinels:
            node.start(
                f"sentinel monitor {group.name} 127.0.0.1 {group.master.port} 2",
                f"sentinel down-after-milliseconds {group.name} 500",
                f"sentinel failover-timeout {group.name} 3000",
                is_sentinel=True,
            )
        wait_until(lambda: all(_knows_all(node, group.name) for node in group.sentinels))
        yield group


def _knows_all(sentinel: Node, name: str) -> bool:
    state: Any = sentinel.client.sentinel_master(name)
    return (state["num-other-sentinels"], state["num-slaves"]) == (2, 1)
