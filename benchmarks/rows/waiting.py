"""Rows 13 and 15: threads of one process that use its connection at the same time."""

# ruff: noqa: RUF001 - the multiplication sign is meant

from __future__ import annotations

import random
from collections.abc import Sequence
from statistics import median, quantiles
from typing import Final

from benchmarks import cpus
from benchmarks.bench import LONG, SLOW_READER, THOUSAND, Bench
from benchmarks.comparison import Comparison
from benchmarks.figure import Figure, Promise, duration
from benchmarks.network import slow_link_to

THREADS: Final = (1, 2, 4, 8)
ROUNDS: Final = 20
# In each round, by all threads together.
WAITS: Final = 800
# Longer than a busy machine ever holds a thread up, so that only a lost wake-up takes as long.
TIMEOUT: Final = 2
MACHINE_NOISE: Final = 0.05
BYTES_PER_SECOND: Final = 1000
LIST_BYTES: Final = 20_000
SECONDS: Final = 15

# How long each wait took, by "ours" and "plain".
Waits = dict[str, list[float]]


def measure_waits(bench: Bench) -> list[Figure]:
    rounds: list[dict[int, Waits]] = []
    with cpus.on_all(), bench.site("ours", THOUSAND, KEY_EXPIRE=LONG, REDIS_TIMEOUT=TIMEOUT) as site:
        for _ in range(ROUNDS):
            calls = random.sample(THREADS, len(THREADS))
            rounds.append(
                {threads: site.call("time_waits", threads=threads, count=WAITS // threads) for threads in calls}
            )
    return [_waits_figure(threads, rounds) for threads in THREADS[1:]]


def _waits_figure(threads: int, rounds: Sequence[dict[int, Waits]]) -> Figure:
    ours, plain, one = (
        [p99(took[number][side]) for took in rounds]
        for number, side in ((threads, "ours"), (threads, "plain"), (1, "ours"))
    )
    longest = {side: max(max(took[threads][side]) for took in rounds) for side in ("ours", "plain")}
    took = Comparison(list(zip(ours, map(max, one, plain), strict=True)))
    given_up = sum(seconds >= TIMEOUT for waits in rounds for seconds in waits[threads]["ours"])
    return Figure(
        13,
        f"{threads} threads of a process wait for the count at the same time",
        f"the 99th percentile of {WAITS} get_active_users_count() by threads that call it at once, against the longer "
        "of two controls: that of as many calls by one thread, and that of PINGs by as many threads, each over a plain "
        f"redis-py connection of its own; the median of {ROUNDS} rounds; REDIS_TIMEOUT {TIMEOUT} s, which no noise of "
        "the machine reaches",
        [
            Promise(took.ratio, "≤", 3, "× the longer control"),
            Promise(given_up, "≤", 0, "waits as long as the timeout"),
        ],
        f"({duration(took.ours)}; one thread {duration(median(one))}, PINGs {duration(median(plain))}; "
        f"the longest {duration(longest['ours'])}, of PINGs {duration(longest['plain'])})",
    )


def measure_slow_reader(bench: Bench) -> list[Figure]:
    patient = {"KEY_EXPIRE": LONG, "REDIS_TIMEOUT": 120}
    with bench.site("ours", SLOW_READER, **patient) as site:
        site.call("seed_newest", size=LIST_BYTES)
    with (
        slow_link_to(bench.server.port, BYTES_PER_SECOND) as port,
        bench.site("ours", SLOW_READER, port=port, **patient) as site,
    ):
        took = site.call("note_beside_a_reader", seconds=SECONDS)
    beside, alone = took["beside"], took["alone"]
    return [
        Figure(
            15,
            "noting while another thread reads the newest 50 over a slow link",
            f"store.note() by 4 threads, {len(beside):,} calls, over a link that carries answers at "
            f"{BYTES_PER_SECOND:,} B/s while the list, which took {duration(took['reading'])}, is being read; minus "
            f"the same by the same threads over the same link for {SECONDS} s before",
            [
                Promise(max(p99(beside) - p99(alone), 0), "≤", 0.001, "added to the 99th percentile", duration),
                Promise(max(max(beside) - max(alone), 0), "≤", MACHINE_NOISE, "added to the longest", duration),
            ],
            f"({duration(p99(beside))} and {duration(p99(alone))}; "
            f"the longest {duration(max(beside))} and {duration(max(alone))})",
        )
    ]


def p99(took: Sequence[float]) -> float:
    return quantiles(took, n=100)[-1]
