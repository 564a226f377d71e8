"""Rows 1 to 5: what noting a person, and printing the count, adds to a request."""

# ruff: noqa: RUF001 - the multiplication sign is meant

from __future__ import annotations

import random
from functools import partial
from typing import Any, Final

from benchmarks.bench import BESIDE_A_CACHE, DEFAULTS, LONG, Bench, Sites
from benchmarks.deciding import at_most, duration, never_above, number, ratio, side
from benchmarks.figure import PEER, Figure, Rounds
from benchmarks.machine import if_quiet
from benchmarks.network import network_to, pinging

PLAIN: Final = {"path": "/plain/", "path_without": "/plain/", "count": 40}
PAGE: Final = {"path": "/with-count/", "path_without": "/without-count/", "count": 40}
SLOW_PAGE: Final = {"path": "/slow-with-count/", "path_without": "/slow-without-count/", "count": 10}
REPEATERS: Final = 5

SEQUENCE = (
    "40 requests in a row through Django's handler with the middleware, minus the same without it; 1,000 people in "
    "turn, session and user already loaded, every request notes, reading the answers included"
)
A_PAGE = (
    "a page of 30 table rows with the count in its footer, minus the same page without the middleware and with a fixed "
    "number; requests as in row 1"
)


def in_cpu_time(bench: Bench, page: dict[str, Any]) -> Rounds:
    with bench.sites_with_a_thousand() as sites:
        while True:
            yield _measure(sites, page, "cpu")


def over_network(bench: Bench, round_trip: float) -> Rounds:
    with (
        network_to(bench.server.port, round_trip=round_trip) as proxy,
        pinging(proxy.port) as ping,
        bench.sites_with_a_thousand(port=proxy.port) as sites,
    ):
        while True:
            took = if_quiet(lambda: _measure(sites, {**PLAIN, "count": 10}, "wall"), proxy, *sites)
            yield took and {**took, "PING through the proxy": ping()}


def repeats(bench: Bench) -> Rounds:
    with bench.sites(DEFAULTS, KEY_EXPIRE=LONG) as sites:
        for site in sites:
            site.call("create_people", count=REPEATERS)
        our_site, peers_site = sites
        call = {"path": "/plain/", "people": REPEATERS, "count": 40}
        if not our_site.call("measure_repeats", **call)["queries"]:
            raise RuntimeError("nobody was looked up, so the people were not logged in")
        while True:
            peer = peers_site.call("measure_repeats", **call)
            calls_before = bench.server.count_calls()
            ours = our_site.call("measure_repeats", **call)
            yield {
                "ours": ours["with"] - ours["without"],
                "the request without it": ours["without"],
                PEER: peer["with"] - peer["without"],
                "Redis calls": bench.server.count_calls() - calls_before,
                **{name: ours[name] for name in ("session loads", "queries")},
            }


def waits_of_a_page(bench: Bench) -> Rounds:
    with (
        network_to(bench.server.port, round_trip=0.0014) as proxy,
        bench.sites_with_a_thousand(port=proxy.port) as sites,
    ):
        while True:
            yield _measure(sites, SLOW_PAGE, "waits")


def beside_a_cache(bench: Bench) -> Rounds:
    redis = bench.redis(BESIDE_A_CACHE)
    bench.say(f"seeding {bench.people:,} unrelated keys")
    for first in range(0, bench.people, 1000):
        redis.mset({f":1:page:{key}": "a cached fragment" for key in range(first, first + 1000)})
    try:
        with bench.sites_with_a_thousand(BESIDE_A_CACHE) as sites:
            while True:
                yield if_quiet(lambda: _measure(sites, {**PAGE, "count": 2}, "wall"), bench.server, *sites)
    finally:
        redis.flushdb()  # this is the benchmark's own server


def _measure(sites: Sites, page: dict[str, Any], cost: str) -> dict[str, float]:
    """What our middleware and the peer's add to a request."""
    sides = random.sample(list(zip(("ours", PEER), sites, strict=True)), 2)
    measured = {name: site.call("measure_added", **page) for name, site in sides}
    return {name: each["added"][cost] for name, each in measured.items()} | {
        "the request without it": measured["ours"]["without"][cost]
    }


THE_PEERS = "× the peer's"
TIMED = ("ours", PEER, "the request without it")

FIGURES = [
    Figure(
        1,
        "CPU time added to a request that notes a logged-in person",
        f"{SEQUENCE}; CPU time of the whole process",
        partial(in_cpu_time, page=PLAIN),
        [at_most(0.50, ratio("ours", PEER), THE_PEERS)],
        TIMED,
        headline="CPU time that noting a person adds to a request",
    ),
    *(
        Figure(
            2,
            f"time added to it over round trips of {round_trip * 1e3:g} ms",
            "as row 1, but 10 requests in a row, elapsed time, through a delay proxy",
            partial(over_network, round_trip=round_trip),
            [at_most(bound, ratio("ours", PEER), THE_PEERS)],
            TIMED,
        )
        for round_trip, bound in ((0.0006, 0.07), (0.0014, 0.035))
    ),
    Figure(
        3,
        "CPU time added to a repeat request inside the touch interval",
        "single requests through Django's handler with SessionMiddleware and AuthenticationMiddleware, sessions in "
        "SQLite in memory, a view that does not use the user, minus the same without the middleware",
        repeats,
        [
            at_most(3e-6, side("ours"), write=duration),
            *(never_above(0, name, name) for name in ("Redis calls", "session loads", "queries")),
        ],
        sides=("ours", "the request without it", PEER),
    ),
    Figure(
        4,
        "CPU time added to a page that notes the person and prints the count, 1,000 active",
        f"{A_PAGE}; CPU time of the whole process",
        partial(in_cpu_time, page=PAGE),
        [at_most(0.20, ratio("ours", PEER), THE_PEERS)],
        TIMED,
        headline="CPU time that noting a person and printing the count add to a page, 1,000 active",
    ),
    Figure(
        4,
        "how often it waits",
        "voluntary context switches that are added to a request, as before, for a page that takes 2 ms before it "
        "prints the count, over round trips of 1.4 ms",
        waits_of_a_page,
        [at_most(0.25, side("ours"), "times")],
        write=number,
        sides=("ours", PEER),
    ),
    Figure(
        5,
        "time added to that page beside {people} unrelated keys",
        f"{A_PAGE}; 2 requests in a row, elapsed time, all keys in one database",
        beside_a_cache,
        [at_most(0.003, ratio("ours", PEER), THE_PEERS)],
        TIMED,
        headline="the same in elapsed time, with {people} unrelated keys in the database",
    ),
]
