"""Row 11: the pages per second of a real site."""

# ruff: noqa: RUF001 - the multiplication sign is meant

from __future__ import annotations

import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from benchmarks import cpus
from benchmarks.bench import SITE, Bench
from benchmarks.children import ROOT, Child
from benchmarks.comparison import interleave, ratio
from benchmarks.figure import NONE, Figure
from benchmarks.load import pages_per_second
from benchmarks.site_process import site_environment

PEOPLE = 200
REQUESTS = 150
PATH = "/account/"
MIDDLEWARE = [
    "django.middleware.common.CommonMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "active_users.middleware.ActiveUsersSessionMiddleware",
]


def measure_pages_per_second(bench: Bench) -> list[Figure]:
    """Row 11."""
    rounds = 60 if bench.options.is_full else 25
    with cpus.on_all(), ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        database = str(Path(directory) / "site.sqlite3")
        with bench.site("ours", SITE, file=database) as site:
            cookies = site.call("create_people", count=PEOPLE)
        ports = {
            side: stack.enter_context(_gunicorn(bench.server.url(SITE), database, side)) for side in ("with", "without")
        }
        for port in ports.values():
            pages_per_second(port, PATH, cookies, REQUESTS)
        rates = interleave(
            rounds,
            {
                side: lambda port=port: pages_per_second(port, PATH, cookies, REQUESTS)  # type: ignore[misc]
                for side, port in ports.items()
            },
        )
    measured = ratio(rates["with"], rates["without"])
    return [
        Figure(
            11,
            "pages per second of a real site, with the middleware against without it",
            f"two gunicorns of one process with 2 threads, sessions in SQLite, a page that prints request.user, "
            f"default settings; {rounds} times {REQUESTS} pages each by {PEOPLE} people by turns over 2 connections",
            "≥ 0.97 × without it",
            f"{measured:.3f} × ({median(rates['with']):.0f} against {median(rates['without']):.0f} pages/s)",
            NONE,
            measured >= 0.97,
            {"ratio": measured, "with": median(rates["with"]), "without": median(rates["without"])},
        )
    ]


@contextmanager
def _gunicorn(redis_url: str, database: str, side: str) -> Iterator[int]:
    """A site with or without the middleware; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = [sys.executable, "-m", "gunicorn", "--bind", f"fd://{listener.fileno()}", "--workers", "1"]
        command += ["--worker-class", "gthread", "--threads", "2", "--keep-alive", "60", "--log-level", "warning"]
        command += ["--chdir", str(ROOT), "benchmarks.site.wsgi"]
        middleware = MIDDLEWARE if side == "with" else MIDDLEWARE[:-1]
        gunicorn = Child(
            command,
            environment=site_environment(
                "ours", redis_url=redis_url, database=database, settings={}, middleware=middleware
            ),
            pass_fds=[listener.fileno()],
        )
        try:
            yield listener.getsockname()[1]
        finally:
            gunicorn.stop()
