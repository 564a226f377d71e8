"""Rows 6 and 7: counts and lists."""

# ruff: noqa: RUF001 - the multiplication sign is meant

from __future__ import annotations

from benchmarks.bench import MANY, PATIENT, Bench
from benchmarks.comparison import Comparison
from benchmarks.figure import Figure, Promise, duration, number

ROUNDS = 40
READS = 20
PING = "PING through a bare redis-py connection to the same server, in the same rounds"
GROWS = "grows with every key in the database"


def measure_count(bench: Bench) -> list[Figure]:
    active = f"count at {bench.many.people:,} active"
    to_ping, to_small = _compare_reads(bench, "count")
    with bench.site("peers", MANY, **PATIENT) as site:
        peer = min(site.call("time_count") for _ in range(3))
    return [
        Figure(
            6,
            f"{active}, against PING",
            f"get_active_users_count(), against {PING}",
            [Promise(to_ping.ratio, "≤", 1.3, "× PING")],
            f"({duration(to_ping.ours)})",
            f"{number(peer / to_ping.other)} ×",
        ),
        Figure(
            6,
            f"{active}, against 1,000",
            "get_active_users_count() of both, on one connection, in the same rounds",
            [Promise(to_small.ratio, "≤", 1.1, "× the count at 1,000")],
            peer=GROWS,
        ),
        Figure(
            6,
            f"{active}, against the peer's",
            "get_active_users_count() of both packages with as many people; our median, the peer's best of 3",
            [Promise(peer / to_ping.ours, "≥", 1000, "× faster")],
            peer=duration(peer),
        ),
    ]


def measure_newest(bench: Bench) -> list[Figure]:
    people = f"{bench.many.people:,}"
    to_ping, to_small = _compare_reads(bench, "newest")
    with bench.site("peers", MANY, **PATIENT) as site:
        peer = site.call("time_whole_list")
    return [
        Figure(
            7,
            f"the newest 50 with their fields, {people} active, against PING",
            f"get_active_users(limit=50), against {PING}",
            [Promise(to_ping.ratio, "≤", 3, "× PING")],
            f"({duration(to_ping.ours)})",
            f"{duration(peer)} for the whole list, which has no order",
        ),
        Figure(
            7,
            f"the newest 50, {people} active, against 1,000",
            "get_active_users(limit=50) of both, on one connection, in the same rounds",
            [Promise(to_small.ratio, "≤", 1.25, "× that at 1,000")],
            peer=GROWS,
        ),
    ]


def _compare_reads(bench: Bench, read: str) -> tuple[Comparison, Comparison]:
    """Our ``count`` or ``newest`` at very many people, against ``PING`` and against the same at 1,000 people."""
    with bench.site("ours", MANY, **PATIENT) as site:
        rounds = [site.call("time_reads", read=read, count=READS) for _ in range(ROUNDS)]
    return (
        Comparison([(took["large"], took["ping"]) for took in rounds]),
        Comparison([(took["large"], took["small"]) for took in rounds]),
    )
