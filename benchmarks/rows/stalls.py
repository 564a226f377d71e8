"""Row 10: how long another client has to wait for the server."""

from __future__ import annotations

import socket
import time
from itertools import count
from statistics import median
from typing import Any

from benchmarks.bench import MANY, PATIENT, Bench
from benchmarks.comparison import compare
from benchmarks.figure import Figure, Promise, duration
from benchmarks.site_process import SiteProcess

ROUNDS = 9
SECONDS = 1.0
PAUSE = 0.0002
# The share of the people who leave the window at the start of each round, and have to be pruned.
BACKLOG = 0.03
SLOW_MICROSECONDS = 3000


def measure_stalls(bench: Bench) -> list[Figure]:
    """Removes many of the people, so this has to be the last row that uses them."""
    many, server = bench.many, bench.server
    rounds = count(1)

    def stall(site: SiteProcess, call: str, **arguments: Any) -> float:
        site.begin(call, seconds=SECONDS, **arguments)
        longest = _longest_ping(server.port)
        site.finish()
        return longest

    def our_stall() -> float:
        # People leave in the order in which they were noted, a share of them each round.
        pruned = next(rounds) * BACKLOG * (many.done - many.began)
        window = time.monotonic() - many.began - pruned
        return stall(ours, "load_everything", people=many.people, window=window)

    server.redis.config_set("slowlog-log-slower-than", SLOW_MICROSECONDS)
    server.redis.slowlog_reset()
    with bench.sites(MANY, **PATIENT) as (ours, peer):
        before = server.count_calls("zrem")
        took = compare(ROUNDS, our_stall, lambda: _longest_ping(server.port))
        prunes = server.count_calls("zrem") - before
        slow = sum(b"EVAL" in entry["command"] for entry in server.redis.slowlog_get(1000))
        peer_took = median(stall(peer, "load_counts") for _ in range(2))
    if prunes < ROUNDS:
        raise RuntimeError("nothing was pruned")
    return [
        Figure(
            10,
            f"longest stall that another client sees at {many.people:,} active",
            f"the longest PING within {SECONDS:g} s of a client that sends one every 0.2 ms; the median of {ROUNDS}, "
            "idle and while notes, counts, lists of 50 and lists of 1,000 run one after the other and prune "
            f"({prunes:,} prunes in all); the peer's: while counts run",
            [Promise(max(took.ours - took.other, 0), "≤", 0.003, "over the idle machine's own", duration)],
            f"({duration(took.other)}); {slow} of our commands above {SLOW_MICROSECONDS // 1000} ms in SLOWLOG",
            f"{duration(max(peer_took - took.other, 0))} over",
        )
    ]


def _longest_ping(port: int) -> float:
    longest = 0.0
    with socket.create_connection(("127.0.0.1", port)) as server:
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        until = time.perf_counter() + SECONDS
        while time.perf_counter() < until:
            start = time.perf_counter()
            server.sendall(b"*1\r\n$4\r\nPING\r\n")
            if not server.recv(64):
                raise ConnectionError("the server closed the connection")
            longest = max(longest, time.perf_counter() - start)
            time.sleep(PAUSE)
    return longest
