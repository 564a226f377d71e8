"""Row 13: connections to Redis."""

from __future__ import annotations

import time

from benchmarks.bench import THREADS, Bench
from benchmarks.figure import Figure
from benchmarks.site_process import SiteProcess

THREAD_COUNT = 16
SECONDS = 1.5


def measure_connections(bench: Bench) -> list[Figure]:
    """Row 13."""
    with bench.sites(THREADS, TOUCH_INTERVAL=0) as (ours, peer):
        most_ours, most_peer = (_count_connections(bench, site) for site in (ours, peer))
    return [
        Figure(
            13,
            "connections to Redis",
            f"the most that CLIENT LIST shows of one process in which {THREAD_COUNT} threads answer pages that note "
            "and print the count",
            "1 per process whatever the threads",
            str(most_ours),
            str(most_peer),
            most_ours == 1,
            {"ours": most_ours, "peer": most_peer},
        )
    ]


def _count_connections(bench: Bench, site: SiteProcess) -> int:
    site.begin("visit_from_threads", path="/with-count/", threads=THREAD_COUNT, seconds=SECONDS)
    most = 0
    until = time.monotonic() + SECONDS + 0.3
    while time.monotonic() < until:
        clients = bench.server.redis.client_list()
        most = max(most, sum(client["db"] == str(THREADS) for client in clients))
        time.sleep(0.01)
    site.finish()
    return most
