"""Rows 6 and 7: counts and lists."""

# ruff: noqa: RUF001 - the multiplication sign is meant

from __future__ import annotations

from statistics import median

from benchmarks.bench import LONG, MANY, Bench
from benchmarks.comparison import ratio
from benchmarks.figure import Figure, microseconds, times

ROUNDS = 40
READS = 20
PING = "through a bare redis-py connection to the same server, in the same rounds"


def measure_count(bench: Bench) -> list[Figure]:
    """Row 6."""
    people, reads = f"{bench.many.people:,}", _time_reads(bench)
    to_ping, to_small = ratio(reads["count large"], reads["ping"]), ratio(reads["count large"], reads["count small"])
    with bench.site("peers", MANY, KEY_EXPIRE=LONG) as site:
        peer = min(site.call("time_count") for _ in range(3))
    ours = median(reads["count large"])
    return [
        Figure(
            6,
            f"count at {people} active, against PING",
            f"get_active_users_count() to the int, against PING {PING}",
            "≤ 1.3 × PING",
            f"{times(to_ping)} ({microseconds(ours)})",
            times(peer / median(reads["ping"])),
            to_ping <= 1.3,
            {"ratio": to_ping, "ours_seconds": ours, "ping_seconds": median(reads["ping"])},
        ),
        Figure(
            6,
            f"count at {people} active, against 1,000",
            "get_active_users_count() of both, on one connection, in the same rounds",
            "≤ 1.1 × the count at 1 k",
            times(to_small),
            "grows with every key in the database",
            to_small <= 1.1,
            {"ratio": to_small},
        ),
        Figure(
            6,
            f"count at {people} active, against the peer's",
            "get_active_users_count() of both packages, as many people each; median of ours, best of 3 of the peer's",
            "≥ 1,000 × faster",
            f"{times(peer / ours)} faster",
            microseconds(peer),
            peer / ours >= 1000,
            {"ratio": peer / ours, "peer_seconds": peer},
        ),
    ]


def measure_newest(bench: Bench) -> list[Figure]:
    """Row 7."""
    people, reads = f"{bench.many.people:,}", _time_reads(bench)
    to_ping, to_small = ratio(reads["newest large"], reads["ping"]), ratio(reads["newest large"], reads["newest small"])
    with bench.site("peers", MANY, KEY_EXPIRE=LONG) as site:
        peer = site.call("time_whole_list")
    ours = median(reads["newest large"])
    return [
        Figure(
            7,
            f"the newest 50 with their fields, {people} active, against PING",
            f"get_active_users(limit=50) to the list of dicts, against PING {PING}",
            "≤ 3 × PING",
            f"{times(to_ping)} ({microseconds(ours)})",
            f"{microseconds(peer)} for the whole list, which has no order",
            to_ping <= 3,
            {"ratio": to_ping, "ours_seconds": ours, "peer_seconds": peer},
        ),
        Figure(
            7,
            f"the newest 50, {people} active, against 1,000",
            "get_active_users(limit=50) of both, on one connection, in the same rounds",
            "≤ 1.25 × that at 1 k",
            times(to_small),
            "grows with every key in the database",
            to_small <= 1.25,
            {"ratio": to_small},
        ),
    ]


def _time_reads(bench: Bench) -> dict[str, list[float]]:
    """Of ours, round by round."""
    with bench.site("ours", MANY, KEY_EXPIRE=LONG) as site:
        rounds = [site.call("time_reads", small="small", large="au", count=READS) for _ in range(ROUNDS)]
    return {name: [took[name] for took in rounds] for name in rounds[0]}
