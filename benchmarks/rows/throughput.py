"""Row 11: the pages per second of a real site."""

# ruff: noqa: RUF001 - the multiplication sign is meant

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from functools import partial

from benchmarks import cpus
from benchmarks.bench import SITE, Bench
from benchmarks.comparison import compare
from benchmarks.figure import Figure, Promise
from benchmarks.load import pages_per_second
from benchmarks.site_process import gunicorn, site_environment

PEOPLE = 200
REQUESTS = 150
ROUNDS = 25
MIDDLEWARE = [
    "django.middleware.common.CommonMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "active_users.middleware.ActiveUsersSessionMiddleware",
]


def measure_pages_per_second(bench: Bench) -> list[Figure]:
    url = bench.server.url(SITE)
    with cpus.on_all(), ExitStack() as stack:
        sqlite = f"{stack.enter_context(tempfile.TemporaryDirectory())}/site.sqlite3"
        with bench.site("ours", SITE, sqlite=sqlite) as site:
            cookies = site.call("create_people", count=PEOPLE)
        measures = []
        for middleware in (MIDDLEWARE, MIDDLEWARE[:-1]):
            port = stack.enter_context(gunicorn(site_environment("ours", url, sqlite=sqlite, middleware=middleware)))
            measures.append(partial(pages_per_second, port, "/account/", cookies, REQUESTS))
            measures[-1]()  # warms up
        rates = compare(ROUNDS, *measures)
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
