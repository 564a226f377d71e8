"""Rows 1 to 3: what noting a person adds to a request."""

# ruff: noqa: RUF001 - the multiplication sign is meant

from __future__ import annotations

import random
from dataclasses import dataclass, field
from statistics import median

from benchmarks.bench import DEFAULTS, LONG, THOUSAND, Bench
from benchmarks.comparison import ratio
from benchmarks.figure import Figure, microseconds, times
from benchmarks.network import measure_ping, network_to
from benchmarks.site_process import SiteProcess

ROUNDS = 40
REQUESTS = 20


@dataclass
class Added:
    """What the middleware added to a request, round by round, in seconds."""

    ours: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return ratio(self.ours, self.peer)

    @property
    def values(self) -> dict[str, float]:
        return {"ratio": self.ratio, "ours_seconds": median(self.ours), "peer_seconds": median(self.peer)}

    @property
    def ours_text(self) -> str:
        return f"{times(self.ratio)} ({microseconds(median(self.ours))})"

    @property
    def peer_text(self) -> str:
        return microseconds(median(self.peer))


def measure_added(
    sites: tuple[SiteProcess, SiteProcess],
    path: str,
    path_without: str,
    *,
    rounds: int = ROUNDS,
    requests: int = REQUESTS,
) -> Added:
    """Interleave sequences of requests to our site and the peer's."""
    added = Added()
    for step in range(rounds):
        sides = [(sites[0], added.ours), (sites[1], added.peer)]
        for site, collected in random.sample(sides, 2):
            took = site.call(
                "time_loaded_requests",
                path=path,
                path_without=path_without,
                first=step * requests,
                count=requests,
                among=1000,
            )
            collected.append(took["with"] - took["without"])
    return added


def measure_noting(bench: Bench) -> list[Figure]:
    """Row 1."""
    people = bench.thousand
    with bench.sites(THOUSAND, KEY_EXPIRE=LONG, TOUCH_INTERVAL=0) as sites:
        added = measure_added(sites, "/plain/", "/plain/")
        setex = median(sites[1].call("time_setex", numbers=list(range(step, step + 20))) for step in range(ROUNDS))
    floor = measure_ping(bench.server.port)
    return [
        Figure(
            1,
            "added to a request that notes a logged-in person",
            f"sequences of {REQUESTS} requests through Django's handler with the middleware less the same without it; "
            f"{people:,} people by turns, session and user loaded, every request notes, reading the answers included",
            "≤ 0.6 × the peer's",
            added.ours_text,
            f"{added.peer_text}; SETEX by its client {microseconds(setex)}, bare PING {microseconds(floor)}",
            added.ratio <= 0.6,
            {**added.values, "setex_seconds": setex, "ping_seconds": floor},
        )
    ]


def measure_noting_over_network(bench: Bench) -> list[Figure]:
    """Row 2."""
    people = bench.thousand
    figures = []
    for round_trip, limit in ((0.0006, 0.10), (0.0014, 0.05)):
        with (
            network_to(bench.server.port, round_trip=round_trip) as network,
            bench.sites(THOUSAND, port=network.port, KEY_EXPIRE=LONG, TOUCH_INTERVAL=0) as sites,
        ):
            added = measure_added(sites, "/plain/", "/plain/", rounds=30)
        figures.append(
            Figure(
                2,
                f"the same over round trips of {round_trip * 1e3:g} ms",
                f"as row 1, {people:,} people, through a delay proxy whose PING took {network.round_trip * 1e3:.2f} ms",
                f"≤ {limit:.2f} × the peer's",
                added.ours_text,
                added.peer_text,
                added.ratio <= limit,
                {**added.values, "round_trip_seconds": network.round_trip},
            )
        )
    return figures


def measure_repeats(bench: Bench) -> list[Figure]:
    """Row 3."""
    added = Added()
    work = []
    with bench.sites(DEFAULTS) as sites:
        for site in sites:
            site.call("create_people", count=5)
        for _ in range(ROUNDS):
            for site, collected in random.sample([(sites[0], added.ours), (sites[1], added.peer)], 2):
                took = site.call("time_repeat_requests", path="/plain/", count=60)
                collected.append(took["with"] - took["without"])
        for site in sites:
            site.call("count_work_of_repeats", path="/plain/", repeats=1)
            before = bench.server.calls()
            counted = site.call("count_work_of_repeats", path="/plain/", repeats=20)
            after = bench.server.calls()
            redis = sum(after.values()) - sum(before.values())
            work.append(
                {name: count / counted["requests"] for name, count in {**counted, "Redis calls": redis}.items()}
            )
    ours, peer = work
    nothing = not any(ours[name] for name in ("session loads", "queries", "Redis calls"))
    return [
        Figure(
            3,
            "added to a repeat request inside the touch interval",
            "single requests through Django's handler with SessionMiddleware and AuthenticationMiddleware, sessions in "
            "SQLite in memory, default settings, a view that leaves the user alone; with the middleware less without",
            "≤ 5 µs, no Redis call, no session load, no query",
            f"{microseconds(median(added.ours))}, {_work_text(ours)}",
            f"{microseconds(median(added.peer))}, {_work_text(peer)}",
            median(added.ours) <= 5e-6 and nothing,
            {**added.values, **{f"ours_{name}_per_request".replace(" ", "_"): value for name, value in ours.items()}},
        )
    ]


def _work_text(work: dict[str, float]) -> str:
    return ", ".join(f"{work[name]:g} {name}" for name in ("Redis calls", "session loads", "queries"))
