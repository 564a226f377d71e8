"""Rows 4 and 5: a page that notes the person and prints the count."""

# ruff: noqa: RUF001 - the multiplication sign is meant

from __future__ import annotations

from statistics import median

from benchmarks.bench import BESIDE_A_CACHE, LONG, THOUSAND, Bench
from benchmarks.figure import Figure
from benchmarks.network import network_to
from benchmarks.rows.noting import measure_added

PAGE = "a page of 30 table rows with the count in its footer, with the middleware and the count"
LESS = "less the same page without the middleware and with a fixed number"


def measure_page_with_count(bench: Bench) -> list[Figure]:
    """Row 4."""
    people = bench.thousand
    with bench.sites(THOUSAND, KEY_EXPIRE=LONG, TOUCH_INTERVAL=0) as sites:
        added = measure_added(sites, "/with-count/", "/without-count/")
    round_trip = 0.0014
    with (
        network_to(bench.server.port, round_trip=round_trip) as network,
        bench.sites(THOUSAND, port=network.port, KEY_EXPIRE=LONG, TOUCH_INTERVAL=0) as sites,
    ):
        waits = measure_added(sites, "/querying-with-count/", "/querying-without-count/", rounds=15, requests=10)
    ours_waited, peer_waited = (median(side) / network.round_trip for side in (waits.ours, waits.peer))
    return [
        Figure(
            4,
            f"a page that notes the person and prints the count, {people:,} active",
            f"{PAGE}, {LESS}; sequences of 20 requests, every request notes, reading the answers included",
            "≤ 0.25 × the peer's",
            added.ours_text,
            added.peer_text,
            added.ratio <= 0.25,
            added.values,
        ),
        Figure(
            4,
            "round trips that this page waits for",
            f"the same over a delay proxy whose PING took {network.round_trip * 1e3:.2f} ms, the page waiting 2 ms for "
            "something else in between; what the middleware and the count add, in round trips",
            "none (≤ 0.25)",
            f"{ours_waited:.2f}",
            f"{peer_waited:.2f}",
            ours_waited <= 0.25,
            {"ours_round_trips": ours_waited, "peer_round_trips": peer_waited},
        ),
    ]


def measure_page_beside_a_cache(bench: Bench) -> list[Figure]:
    """Row 5."""
    keys = bench.cache_keys
    with bench.sites(BESIDE_A_CACHE, KEY_EXPIRE=LONG, TOUCH_INTERVAL=0) as sites:
        added = measure_added(sites, "/with-count/", "/without-count/", rounds=12, requests=5)
    bench.redis(BESIDE_A_CACHE).flushdb()  # on the benchmark's own server
    del bench.cache_keys
    return [
        Figure(
            5,
            f"the same beside {keys:,} unrelated keys",
            f"{PAGE}, {LESS}; sequences of 5 requests, 1,000 active, all in the same database",
            "≤ 0.005 × the peer's",
            added.ours_text,
            added.peer_text,
            added.ratio <= 0.005,
            added.values,
        )
    ]
