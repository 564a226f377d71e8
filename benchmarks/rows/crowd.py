"""Row 14: the right count under load."""

# ruff: noqa: RUF001 - the multiplication sign is meant

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import ExitStack

from benchmarks import cpus
from benchmarks.bench import CROWD, Bench
from benchmarks.figure import NONE, Figure

PEOPLE = 500
THREADS = 8
PROCESSES = 2
WINDOW = 4.0
INTERVAL = WINDOW / 20
PAUSE = 0.012
# A note is on its way, in a busy machine's buffers, for at most so long.
ON_ITS_WAY = 0.05

Visit = tuple[int, float, float]
Check = tuple[float, int, float]


def measure_count_under_load(bench: Bench) -> list[Figure]:
    """Row 14."""
    seconds = 30.0 if bench.options.is_full else 14.0
    away = (seconds * 0.4, seconds * 0.8)
    with cpus.on_all(), ExitStack() as stack:
        sites = (bench.site("ours", CROWD, KEY_EXPIRE=WINDOW) for _ in range(PROCESSES + 1))
        checker, *visitors = map(stack.enter_context, sites)
        checker.call("count_now")
        for site in visitors:
            site.begin(
                "visit_at_random",
                path="/plain/",
                people=PEOPLE,
                threads=THREADS,
                seconds=seconds,
                pause=PAUSE,
                away=away,
            )
        until = time.monotonic() + seconds
        checks: list[Check] = []
        while time.monotonic() < until:
            checks.append(checker.call("count_now"))
            time.sleep(0.02)
        visits = [visit for site in visitors for visit in site.finish()]
    by_person = visits_of(visits)
    bounds = [find_bounds(by_person, check) for check in checks]
    wrong = sum(not lower <= count <= upper for (lower, upper), (_, count, _) in zip(bounds, checks, strict=True))
    everybody = [count for (lower, _), (_, count, _) in zip(bounds, checks, strict=True) if lower == PEOPLE]
    exact = sum(count == PEOPLE for count in everybody)
    fewest = min(count for (before, count, _) in checks if before > checks[0][0] + seconds * 0.6)
    return [
        Figure(
            14,
            f"right count under load: {PEOPLE} people, {THREADS} threads × {PROCESSES} processes, {seconds:.0f} s",
            f"{len(visits):,} visits of random people, half of whom are away for a while, window {WINDOW:g} s; a third "
            f"process counts, and each count has to be between the number of those seen within the window less the "
            f"touch interval ({INTERVAL:g} s) and within the window, by the visits' own clock",
            "exact at every check, within one touch interval",
            f"{wrong} of {len(checks)} checks wrong; while all {PEOPLE} were there, {exact} of {len(everybody)} said "
            f"{PEOPLE}; the fewest with half away {fewest}",
            NONE,
            wrong == 0 and exact == len(everybody) > 0,
            {"checks": len(checks), "wrong": wrong, "checks_of_all": len(everybody), "exact_of_all": exact},
        )
    ]


def visits_of(visits: Iterable[Visit]) -> dict[int, list[tuple[float, float]]]:
    """When each person's visits began and were done."""
    by_person: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for number, began, done in visits:
        by_person[number].append((began, done))
    return by_person


def find_bounds(visits: dict[int, list[tuple[float, float]]], check: Check) -> tuple[int, int]:
    """
    How many people at least and at most the count of ``check`` has to be.

    A person has to be counted whose visit was done before the count was asked for, and began within the window less
    the touch interval, for a note may be older than the visit by that interval. Nobody may be counted all of whose
    visits were done before the window, or began after the count was known.
    """
    before, _, after = check
    surely = after - WINDOW + INTERVAL
    lower = upper = 0
    for times in visits.values():
        lower += any(began >= surely and done <= before - ON_ITS_WAY for began, done in times)
        upper += any(began <= after and done >= before - WINDOW - ON_ITS_WAY for began, done in times)
    return lower, upper
