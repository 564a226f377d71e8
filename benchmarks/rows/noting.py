"""Rows 1 to 3: what noting a person adds to a request."""

# ruff: noqa: RUF001 - the multiplication sign is meant

from __future__ import annotations

from statistics import median
from typing import Any

from benchmarks.bench import DEFAULTS, Bench, Sites
from benchmarks.comparison import Comparison, compare
from benchmarks.figure import Figure, Promise, duration
from benchmarks.network import measure_ping, network_to
from benchmarks.site_process import SiteProcess

ROUNDS = 40
REQUESTS = 20
PLAIN = ("/plain/", "/plain/")
REPEATERS = 5


def compare_added(
    sites: Sites, paths: tuple[str, str], *, rounds: int = ROUNDS, requests: int = REQUESTS
) -> Comparison:
    """What our middleware and the peer's add to a request; ``paths`` are those of the page with it and without."""
    path, path_without = paths
    arguments = {"path": path, "path_without": path_without, "count": requests}
    return _compare_calls(sites, rounds, "time_added_to_sequence", arguments)


def _compare_calls(sites: Sites, rounds: int, call: str, arguments: dict[str, Any]) -> Comparison:
    ours, peer = sites
    return compare(rounds, lambda: ours.call(call, **arguments), lambda: peer.call(call, **arguments))


def added_figure(row: int, what: str, timed: str, added: Comparison, *, at_most: float, peer_note: str = "") -> Figure:
    promise = Promise(added.ratio, "≤", at_most, "× the peer's")
    return Figure(row, what, timed, [promise], f"({duration(added.ours)})", duration(added.other) + peer_note)


def measure_noting(bench: Bench) -> list[Figure]:
    with bench.sites_with_a_thousand() as sites:
        added = compare_added(sites, PLAIN)
        setex = median(sites[1].call("time_setex", numbers=list(range(step, step + 20))) for step in range(ROUNDS))
    ping = measure_ping(bench.server.port)
    return [
        added_figure(
            1,
            "added to a request that notes a logged-in person",
            f"{REQUESTS} requests in a row through Django's handler with the middleware, minus the same without it; "
            "1,000 people in turn, session and user already loaded, every request notes, reading the answers included",
            added,
            at_most=0.6,
            peer_note=f"; SETEX by its client {duration(setex)}, bare PING {duration(ping)}",
        )
    ]


def measure_noting_over_network(bench: Bench) -> list[Figure]:
    return [_over_network(bench, 0.0006, at_most=0.10), _over_network(bench, 0.0014, at_most=0.05)]


def _over_network(bench: Bench, round_trip: float, *, at_most: float) -> Figure:
    with network_to(bench.server.port, round_trip) as (port, ping), bench.sites_with_a_thousand(port=port) as sites:
        added = compare_added(sites, PLAIN, rounds=30)
    what = f"the same over round trips of {round_trip * 1e3:g} ms"
    timed = f"as row 1, through a delay proxy; PING through it took {duration(ping)}"
    return added_figure(2, what, timed, added, at_most=at_most)


def measure_repeats(bench: Bench) -> list[Figure]:
    with bench.sites(DEFAULTS) as sites:
        for site in sites:
            site.call("create_people", count=REPEATERS)
        repeats = {"path": "/plain/", "people": REPEATERS, "count": 60}
        added = _compare_calls(sites, ROUNDS, "time_added_to_repeats", repeats)
        ours, peer = (_work_per_repeat(bench, site) for site in sites)
    if not peer["Redis calls"]:
        raise RuntimeError("the peer noted nobody, so the people were not logged in")
    return [
        Figure(
            3,
            "added to a repeat request inside the touch interval",
            "single requests through Django's handler with SessionMiddleware and AuthenticationMiddleware, sessions in "
            "SQLite in memory, default settings, a view that does not use the user; with the middleware minus without",
            [
                Promise(added.ours, "≤", 5e-6, write=duration),
                *(Promise(count, "≤", 0, name) for name, count in ours.items()),
            ],
            peer=", ".join([duration(added.other), *(f"{count:g} {name}" for name, count in peer.items())]),
        )
    ]


def _work_per_repeat(bench: Bench, site: SiteProcess) -> dict[str, float]:
    site.call("count_work_of_repeats", path="/plain/", people=REPEATERS, repeats=1)
    before = bench.server.count_calls()
    work = site.call("count_work_of_repeats", path="/plain/", people=REPEATERS, repeats=20)
    redis_calls = bench.server.count_calls() - before
    return {name: count / (20 * REPEATERS) for name, count in {"Redis calls": redis_calls, **work}.items()}
