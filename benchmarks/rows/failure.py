"""Row 12: Redis is dead, or hangs."""

# ruff: noqa: RUF001 - the multiplication sign is meant

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import Any

from benchmarks.bench import Bench
from benchmarks.comparison import percentile
from benchmarks.figure import Figure, microseconds
from benchmarks.server import Server, running_server

REQUESTS = 1000
# The package's defaults.
TIMEOUT = 0.25
RETRY_AFTER = 5.0
# The peer waits for five seconds per request while the server hangs.
PEER_REQUESTS_WHEN_HUNG = 1
MACHINE_NOISE = 0.05


def measure_failure(bench: Bench) -> list[Figure]:
    """Row 12."""
    return [
        _measure(bench, "dead", Server.stop, peer_requests=REQUESTS),
        _measure(bench, "hung (SIGSTOP)", Server.hang, peer_requests=PEER_REQUESTS_WHEN_HUNG),
    ]


def _measure(bench: Bench, state: str, break_it: Callable[[Server], None], *, peer_requests: int) -> Figure:
    seconds = 2.4 * RETRY_AFTER if bench.options.is_full else 1.2 * RETRY_AFTER
    with running_server() as server, bench.sites(0, port=server.port, TOUCH_INTERVAL=0) as (ours, peer):
        pages = {"path": "/number/", "path_without": "/fixed-number/"}
        for site in (ours, peer):
            site.call("visit_paced", count=50, seconds=0.2, **pages)
        break_it(server)
        took = ours.call("visit_paced", count=REQUESTS, seconds=seconds, **pages)
        peer_took = peer.call("visit_paced", count=peer_requests, seconds=1 if peer_requests > 1 else 0, **pages)
    plain = median(took["without"])
    slow, machine_slow = (sum(one > plain + 0.001 for one in took[side]) for side in ("with", "without"))
    added = percentile(took["with"], 0.99) - percentile(took["without"], 0.99)
    worst = max(took["with"]) - plain
    allowed = 1 + int(took["seconds"] // RETRY_AFTER)
    return Figure(
        12,
        f"Redis {state}, {REQUESTS:,} requests",
        f"short pages that note the person and print the count, over {took['seconds']:.1f} s by turns with the same "
        f"pages without both; slower: by more than 1 ms than the median page without. The peer: {peer_requests:,} "
        f"request{'s' * (peer_requests > 1)}",
        f"all 200; p99 added ≤ 1 ms; slower than 1 ms at most {allowed} (one per RETRY_AFTER), by at most 300 ms",
        f"{_statuses(took)}; p99 added {microseconds(max(added, 0))}; {slow} slower (without: {machine_slow}), "
        f"by at most {microseconds(worst)}",
        f"{_statuses(peer_took)}; {microseconds(median(peer_took['with']))} each",
        set(took["statuses"]) == {"200"}
        and added <= 0.001
        and slow - machine_slow <= allowed
        and worst <= TIMEOUT + MACHINE_NOISE,
        {"p99_added_seconds": added, "slower": slow, "machine_slower": machine_slow, "worst_seconds": worst},
    )


def _statuses(took: dict[str, Any]) -> str:
    return ", ".join(f"{count} × {status}" for status, count in took["statuses"].items())
