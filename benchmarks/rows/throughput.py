"""Row 11: the pages per second of a real site."""

# ruff: noqa: RUF001 - the multiplication sign is meant

from __future__ import annotations

from benchmarks import cpus
from benchmarks.bench import SITE, Bench
from benchmarks.comparison import compare
from benchmarks.figure import Figure, Promise
from benchmarks.load import Load
from benchmarks.serving import served

PEOPLE = 200
REQUESTS = 150
ROUNDS = 25


def measure_pages_per_second(bench: Bench) -> list[Figure]:
    with (
        cpus.on_all(),
        bench.people_who_are_logged_in(PEOPLE) as people,
        served("gunicorn", bench.server.url(SITE), sqlite=people.sqlite) as sites,
    ):
        ours, control = loads = [Load(site.port, "/account/", people.cookies) for site in sites]
        for load in loads:
            load.pages_per_second(REQUESTS)  # warms up
        rates = compare(ROUNDS, lambda: ours.pages_per_second(REQUESTS), lambda: control.pages_per_second(REQUESTS))
    if failed := ours.failed + control.failed:
        raise RuntimeError(f"{failed} pages failed")
    return [
        Figure(
            11,
            "pages per second of a real site, with the middleware against without it",
            "two gunicorns of one process with 2 threads, sessions in SQLite, a page that prints request.user, default "
            f"settings; {ROUNDS} times {REQUESTS} pages each, for {PEOPLE} people in turn over 2 connections",
            [Promise(rates.ratio, "≥", 0.97, "× without it")],
            f"({rates.ours:.0f} against {rates.other:.0f} pages/s)",
        )
    ]
