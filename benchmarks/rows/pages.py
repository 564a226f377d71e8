"""Rows 4 and 5: a page that notes the person and prints the count."""

from __future__ import annotations

from benchmarks.bench import BESIDE_A_CACHE, Bench
from benchmarks.figure import Figure, Promise, duration, number
from benchmarks.network import network_to
from benchmarks.rows.noting import added_figure, compare_added

PATHS = ("/with-count/", "/without-count/")
SLOW_PATHS = ("/slow-with-count/", "/slow-without-count/")
PAGE = (
    "a page of 30 table rows with the count in its footer, minus the same page without the middleware and with a "
    "fixed number"
)


def measure_page_with_count(bench: Bench) -> list[Figure]:
    with bench.sites_with_a_thousand() as sites:
        added = compare_added(sites, PATHS)
    with network_to(bench.server.port, 0.0014) as (port, ping), bench.sites_with_a_thousand(port=port) as sites:
        waits = compare_added(sites, SLOW_PATHS, rounds=15, requests=10)
    return [
        added_figure(
            4,
            "a page that notes the person and prints the count, 1,000 active",
            f"{PAGE}; 20 requests in a row, every request notes, reading the answers included",
            added,
            at_most=0.25,
        ),
        Figure(
            4,
            "round trips that this page waits for",
            f"the same through a delay proxy; PING through it took {duration(ping)}, and the page waits "
            "2 ms for something else before it prints the count; what the middleware and the count add",
            [Promise(waits.ours / ping, "≤", 0.25, "round trips")],
            peer=number(waits.other / ping),
        ),
    ]


def measure_page_beside_a_cache(bench: Bench) -> list[Figure]:
    redis = bench.redis(BESIDE_A_CACHE)
    bench.say(f"seeding {bench.people:,} unrelated keys")
    for first in range(0, bench.people, 1000):
        redis.mset({f":1:page:{key}": "a cached fragment" for key in range(first, first + 1000)})
    with bench.sites_with_a_thousand(BESIDE_A_CACHE) as sites:
        added = compare_added(sites, PATHS, rounds=12, requests=5)
    redis.flushdb()  # this is the benchmark's own server
    return [
        added_figure(
            5,
            f"the same beside {bench.people:,} unrelated keys",
            f"{PAGE}; 5 requests in a row, 1,000 active, all keys in one database",
            added,
            at_most=0.005,
        )
    ]
