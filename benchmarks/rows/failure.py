"""Row 12: Redis is dead, or hangs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from statistics import median, quantiles

from benchmarks.bench import Bench
from benchmarks.figure import Figure, Promise, duration
from benchmarks.server import Server

REQUESTS = 1000
# The package's defaults.
TIMEOUT = 0.25
RETRY_AFTER = 5.0
MACHINE_NOISE = 0.05
PATHS = {"path": "/number/", "path_without": "/fixed-number/"}


def measure_failure(bench: Bench) -> list[Figure]:
    return [
        _measure(bench, "dead", Server.close, peer_requests=REQUESTS),
        _measure(bench, "hung (SIGSTOP)", Server.hang, peer_requests=1),  # each waits five seconds
    ]


def _measure(bench: Bench, state: str, break_it: Callable[[Server], None], *, peer_requests: int) -> Figure:
    with closing(Server()) as server, bench.sites(0, port=server.port, TOUCH_INTERVAL=0) as (ours, peer):
        for site in (ours, peer):
            site.call("visit_paced", count=50, seconds=0.2, **PATHS)
        break_it(server)
        took = ours.call("visit_paced", count=REQUESTS, seconds=1.2 * RETRY_AFTER, **PATHS)
        peer_took = peer.call("visit_paced", count=peer_requests, seconds=1, **PATHS)
    plain = median(took["without"])
    slow, slow_without = (sum(one > plain + 0.001 for one in took[side]) for side in ("with", "without"))
    p99, p99_without = (quantiles(took[side], n=100)[-1] for side in ("with", "without"))
    return Figure(
        12,
        f"Redis {state}, {REQUESTS:,} requests",
        f"short pages that note the person and print the count, over {took['seconds']:.1f} s, alternating with the "
        f"same pages without the middleware and the count; slow pages take 1 ms more than the median page without, and "
        f"one is allowed per RETRY_AFTER. The peer: {peer_requests:,} request{'s' * (peer_requests > 1)}",
        [
            Promise(took["failed"], "≤", 0, "failed pages"),
            Promise(max(p99 - p99_without, 0), "≤", 0.001, "added to the 99th percentile", duration),
            Promise(
                max(slow - slow_without, 0), "≤", 1 + took["seconds"] // RETRY_AFTER, "more slow pages than without"
            ),
            Promise(max(took["with"]) - plain, "≤", TIMEOUT + MACHINE_NOISE, "added to the slowest", duration),
        ],
        f"({slow} slow, {slow_without} without)",
        f"{peer_took['failed']:,} of {peer_requests:,} failed, {duration(median(peer_took['with']))} each",
    )
