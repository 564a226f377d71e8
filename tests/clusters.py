"""A real cluster of three masters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .nodes import Node, stopped_nodes
from .waiting import wait_until

SLOTS = 16384
LINES = [
    'save ""',
    "cluster-enabled yes",
    "cluster-node-timeout 1000",
    "cluster-require-full-coverage no",
    "cluster-config-file nodes.conf",
]


@contextmanager
def running_cluster(executable: str, directory: Path) -> Iterator[list[Node]]:
    """Run a cluster inside the block. Gives its nodes once each of them sees the whole cluster."""
    with stopped_nodes(executable, directory, 3) as nodes:
        for node in nodes:
            node.start(*LINES)
        for number, node in enumerate(nodes):
            first, end = number * SLOTS // 3, (number + 1) * SLOTS // 3
            node.client.cluster("ADDSLOTSRANGE", first, end - 1)
            node.client.cluster("SET-CONFIG-EPOCH", number + 1)
        for node in nodes[1:]:
            node.client.cluster("MEET", "127.0.0.1", nodes[0].port)
        wait_until_whole(nodes)
        yield nodes


def wait_until_whole(nodes: list[Node]) -> None:
    """Wait until every node knows all the nodes, and considers none of them failed."""
    wait_until(lambda: all(_sees_all(node) for node in nodes))


def _sees_all(node: Node) -> bool:
    state = node.client.cluster("INFO")
    is_whole: bool = (state["cluster_state"], state["cluster_known_nodes"]) == ("ok", "3")
    return is_whole and "fail" not in str(node.client.cluster("NODES"))


def move_slot(slot: int, source: Node, target: Node, nodes: list[Node]) -> None:
    """Move a slot and its keys, as ``--cluster reshard`` does."""
    source_id, target_id = (str(node.client.cluster("MYID"), "ascii") for node in (source, target))
    target.client.cluster("SETSLOT", slot, "IMPORTING", source_id)
    source.client.cluster("SETSLOT", slot, "MIGRATING", target_id)
    while keys := source.client.cluster("GETKEYSINSLOT", slot, 10):
        source.client.execute_command("MIGRATE", "127.0.0.1", target.port, "", 0, 1000, "KEYS", *keys)
    for node in [target, source, *nodes]:
        node.client.cluster("SETSLOT", slot, "NODE", target_id)
