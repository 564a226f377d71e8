"""Row 10: how long another client waits for the server."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from benchmarks.bench import LONG, MANY, Bench
from benchmarks.children import Child, command_for
from benchmarks.comparison import interleave
from benchmarks.figure import Figure, microseconds

ROUNDS = 9
SECONDS = 1.0
# The part of the people who fall out of the window at the start of each round, for our commands to prune.
BACKLOG = 0.03
SLOW_MICROSECONDS = 3000


class Pinger:
    """A client that only notices how long the server keeps it waiting."""

    def __init__(self, port: int) -> None:
        self._child = Child(command_for(sys.executable, "benchmarks.pinger", str(port)))

    def longest_during(self, begin: Callable[[], Any], finish: Callable[[], Any]) -> float:
        """The longest ``PING`` within ``SECONDS`` from ``begin`` on."""
        begin()
        self._child.write_line(str(SECONDS))
        longest = float(self._child.read_line())
        finish()
        return longest

    def stop(self) -> None:
        self._child.stop()


def measure_stalls(bench: Bench) -> list[Figure]:
    """Row 10. Forgets many of the people, so that it is the last of the rows that need them."""
    many = bench.many
    server = bench.server
    rounds = 0

    def window() -> float:
        """Such that in each round another part of the people has fallen out, in the order in which they were noted."""
        nonlocal rounds
        rounds += 1
        return time.monotonic() - many.began - BACKLOG * rounds * (many.done - many.began)

    server.redis.config_set("slowlog-log-slower-than", SLOW_MICROSECONDS)
    server.redis.slowlog_reset()
    pinger = Pinger(server.port)
    try:
        with bench.sites(MANY, KEY_EXPIRE=LONG) as (ours, peer):

            def begin() -> None:
                ours.begin("load_everything", seconds=SECONDS, people=many.people, window=window())

            before = _pruned(server.calls())
            took = interleave(
                ROUNDS,
                {
                    "idle": lambda: pinger.longest_during(lambda: None, lambda: None),
                    "ours": lambda: pinger.longest_during(begin, ours.finish),
                },
            )
            prunes = _pruned(server.calls()) - before
            slow = sum(b"EVAL" in entry["command"] for entry in server.redis.slowlog_get(1000))
            took |= interleave(
                2,
                {
                    "peer": lambda: pinger.longest_during(
                        lambda: peer.begin("load_counts", seconds=SECONDS), peer.finish
                    )
                },
            )
    finally:
        pinger.stop()
    if prunes < ROUNDS:
        raise RuntimeError("nothing was pruned")
    idle, ours_longest, peer_longest = (median(took[side]) for side in ("idle", "ours", "peer"))
    over = max(ours_longest - idle, 0)
    return [
        Figure(
            10,
            f"longest stall that another client sees at {many.people:,} active",
            f"the longest PING of a client that sends one every 0.2 ms, within {SECONDS:g} s; median of {ROUNDS} such, "
            f"idle and while notes, counts, lists of 50 and of 1,000 run one after the other and prune ({prunes:,} "
            f"prunes in all); the peer's: while counts run",
            "≤ 3 ms over the idle machine's own",
            f"{microseconds(over)} over the idle {microseconds(idle)}; {slow} of our commands above "
            f"{SLOW_MICROSECONDS // 1000} ms in SLOWLOG",
            f"{microseconds(max(peer_longest - idle, 0))} over",
            over <= 0.003,
            {"over_seconds": over, "idle_seconds": idle, "peer_seconds": peer_longest, "in_slowlog": slow},
        )
    ]


def _pruned(calls: dict[str, int]) -> int:
    """How often members were removed from a sorted set, by whichever command."""
    return sum(count for command, count in calls.items() if command.startswith("zrem"))
