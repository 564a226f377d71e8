"""Rows 13 to 15: waiting for the number, and noting while another thread waits."""

# ruff: noqa: RUF001 - the multiplication sign is meant

from __future__ import annotations

from functools import partial
from itertools import chain
from statistics import quantiles
from typing import Final

from benchmarks.bench import DEFAULTS, LONG, SLOW_READER, THOUSAND, Bench
from benchmarks.deciding import Round, at_most, difference, duration, never_above
from benchmarks.figure import Figure, Rounds
from benchmarks.machine import if_quiet, on_all_cpus
from benchmarks.network import network_to

# By all threads together, in each round.
WAITS: Final = 800
# In seconds: longer than a busy machine ever holds a thread up, so that only a lost wake-up takes as long.
TIMEOUT: Final = 2
VISITOR: Final = {"a stranger": None, "a person inside the touch interval": 0}
BYTES_PER_SECOND: Final = 1000
LIST_BYTES: Final = 20_000
NOTING_THREADS: Final = 4
# Of each thread, one every ``PAUSE`` seconds: about as long as the list takes.
NOTES: Final = 450
PAUSE: Final = 0.04
# How many notes of each thread make a round.
NOTES_A_ROUND: Final = 25


def threads_at_once(bench: Bench, threads: int) -> Rounds:
    with on_all_cpus(), bench.site("ours", THOUSAND, KEY_EXPIRE=LONG, REDIS_TIMEOUT=TIMEOUT) as site:
        while True:
            yield site.call("time_waits", threads=threads, count=WAITS // threads)


def against_the_longer(one: Round) -> float:
    return one["ours"] / max(one["one thread"], one["PINGs"])


def number_for(bench: Bench, visitor: int | None, round_trip: float) -> Rounds:
    page = {"path": "/slow-with-count/", "path_without": "/slow-without-count/", "visitor": visitor, "count": 3}
    with (
        network_to(bench.server.port, round_trip=round_trip) as proxy,
        bench.site("ours", DEFAULTS, port=proxy.port if round_trip else None, KEY_EXPIRE=LONG) as site,
    ):
        site.call("create_people", count=1)
        while True:
            yield if_quiet(partial(site.call, "time_number", **page), site, bench.server, proxy)


def beside_a_slow_reader(bench: Bench) -> Rounds:
    patient = {"KEY_EXPIRE": LONG, "REDIS_TIMEOUT": 120}
    with bench.site("ours", SLOW_READER, **patient) as site:
        site.call("seed_newest", size=LIST_BYTES)
    with (
        network_to(bench.server.port, bytes_per_second=BYTES_PER_SECOND) as proxy,
        bench.site("ours", SLOW_READER, port=proxy.port, **patient) as site,
    ):
        took = site.call("note_beside_a_reader", threads=NOTING_THREADS, count=NOTES, pause=PAUSE)
    if took["reading"] < NOTES * PAUSE:
        raise RuntimeError(f"reading the list took only {took['reading']:.1f} s")
    for first in range(0, NOTES, NOTES_A_ROUND):
        notes = {
            name: list(chain.from_iterable(each[first : first + NOTES_A_ROUND] for each in took[name]))
            for name in ("ours", "alone")
        }
        longest = {"longest": max(notes["ours"]), "longest alone": max(notes["alone"])}
        yield {**{name: quantiles(seconds, n=100)[-1] for name, seconds in notes.items()}, **longest}


FIGURES = [
    *(
        Figure(
            13,
            f"99th percentile of {threads} threads that wait for the count at the same time",
            f"{WAITS} get_active_users_count() by threads that call it at once, against the longer of two controls: as "
            "many calls by one thread, and PINGs by as many threads, each over a plain redis-py connection of its own; "
            f"REDIS_TIMEOUT {TIMEOUT} s",
            partial(threads_at_once, threads=threads),
            [
                at_most(3, against_the_longer, "× the longer control"),
                never_above(TIMEOUT / 2, "longest of ours", "for the longest", duration, control="longest of PINGs"),
            ],
            sides=("ours", "one thread", "PINGs"),
        )
        for threads in (2, 4, 8)
    ),
    *(
        Figure(
            14,
            f"time that the number adds to a page that notes nobody, for {visitor}, round trip {round_trip * 1e3:g} ms",
            "single requests through Django's handler with SessionMiddleware, AuthenticationMiddleware and ours, for a "
            "page that takes 2 ms before it prints the count, interleaved with the same page with a fixed number",
            partial(number_for, visitor=VISITOR[visitor], round_trip=round_trip),
            [at_most(0.00012, difference("with", "without"), write=duration)],
            ("with", "without"),
        )
        for visitor in VISITOR
        for round_trip in (0, 0.00067, 0.0015)
    ),
    Figure(
        15,
        "99th percentile of notes while another thread reads the newest 50 over a slow link",
        f"{NOTING_THREADS} threads note somebody every {PAUSE * 1e3:g} ms over a link that carries answers at "
        f"{BYTES_PER_SECOND:,} B/s, while a list of {LIST_BYTES:,} bytes is being read, and before; except for when a "
        "thread could have run but got no CPU",
        beside_a_slow_reader,
        [
            at_most(0.001, difference("ours", "alone"), "longer than alone", duration),
            never_above(0.05, "longest", "for the longest", duration, control="longest alone"),
        ],
        sides=("ours", "alone"),
    ),
]
