"""Rows 11 and 12: a real site, with Redis and while it fails."""

# ruff: noqa: RUF001 - the multiplication sign is meant

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.bench import SITE, Bench
from benchmarks.children import Child
from benchmarks.deciding import at_least, duration, never_above, ratio
from benchmarks.faults import FAULTS, FaultyServer, faulty_server
from benchmarks.figure import Figure, Rounds
from benchmarks.load import Load
from benchmarks.machine import on_all_cpus
from benchmarks.server import Server
from benchmarks.serving import OURS, USUAL, WebServer, served

PEOPLE: Final = 200
PAGES: Final = 125
PROCESSES: Final[dict[WebServer, int]] = {"gunicorn": 2, "uvicorn": 1}
PATHS: Final[dict[WebServer, str]] = {"gunicorn": "/account/", "uvicorn": "/async/account/"}
# In seconds. Longer than the default, so that a busy machine seldom holds up a page for half as long.
TIMEOUT: Final = 1
# So that several attempts to connect fall within the measurement.
RETRY_AFTER: Final = 1


def pages(bench: Bench) -> Rounds:
    with bench.site("ours", SITE) as site:
        site.call("seed", count=1)
        command = bench.server.first_script_of(lambda: site.call("seed", count=1))
    controls = "benchmarks.site.controls."
    variants = {"ours": OURS, "only sends": (*USUAL, f"{controls}Sending"), "idle": (*USUAL, f"{controls}Idle")}
    with people_who_visit("gunicorn", bench, bench.server, variants, command=command) as (sites, cookies):
        loads = {name: Load(site, "/account/", cookies) for name, site in sites.items()}
        _visit(loads)  # warms up
        while True:
            yield _visit(loads)


def outage(bench: Bench, fault: Callable[[FaultyServer], None], web_server: WebServer) -> Rounds:
    watch = "benchmarks.site.controls.watch"
    variants = {"ours": (watch, *OURS), "control": (watch, *USUAL)}
    limits = {"processes": PROCESSES[web_server], "threads": 4, "REDIS_TIMEOUT": TIMEOUT, "RETRY_AFTER": RETRY_AFTER}
    with (
        faulty_server() as server,
        people_who_visit(web_server, bench, server, variants, names=str(server.names), **limits) as (sites, cookies),
    ):

        def make_loads() -> dict[str, Load]:
            return {
                name: Load(sites[name], f"{PATHS[web_server]}{page}/", cookies, connections=8, keeps_open=False)
                for name, page in (("ours", "number"), ("control", "fixed-number"))
            }

        for _ in range(20):
            _visit(make_loads())
            if server.count_clients() == PROCESSES[web_server]:
                break
        else:
            raise RuntimeError("not every process of the site has connected to Redis")
        fault(server)
        loads = make_loads()
        while True:
            yield {**_visit(loads), **_compare_waits(**loads)}


@contextmanager
def people_who_visit(
    web_server: WebServer, bench: Bench, server: Server, variants: Mapping[str, Sequence[str]], **site: Any
) -> Iterator[tuple[dict[str, Child], list[str]]]:
    """Variants of a site where people are logged in and every request notes its person, and the people's cookies."""
    with on_all_cpus(), TemporaryDirectory() as directory:
        sqlite = f"{directory}/site.sqlite3"
        with bench.site("ours", SITE, sqlite=sqlite) as one:
            cookies = one.call("create_people", count=PEOPLE)
        with served(web_server, server.url(SITE), variants, sqlite=sqlite, TOUCH_INTERVAL=0, **site) as sites:
            yield sites, cookies


def _visit(loads: dict[str, Load]) -> dict[str, float]:
    cpu = {name: loads[name].cpu_per_page(PAGES) for name in random.sample(list(loads), len(loads))}
    if any(load.failed for name, load in loads.items() if name != "ours"):
        raise RuntimeError("a page of the control failed")
    return {name: cpu[name] for name in loads}


def _compare_waits(ours: Load, control: Load) -> dict[str, float]:
    """What happened since the outage began."""
    long = median(control.took) + TIMEOUT / 2
    return {
        "failed": ours.failed,
        "waited": sum(took > long for took in ours.took),
        "control's waited": sum(took > long for took in control.took),
        "longest": max(ours.took),
        "control's longest": max(control.took),
    }


FIGURES = [
    Figure(
        11,
        "CPU time per page of a real site, where every page notes",
        "gunicorn with one process of 2 threads, sessions in SQLite, a page that prints request.user, over 2 "
        f"connections; {PEOPLE} people in turn. The controls have another middleware in place of ours: one that sends "
        "a prepared note and does not wait for the answer, and one that does nothing",
        pages,
        [at_least(0.98, ratio("only sends", "ours"), "× the pages of a middleware that only sends")],
        ("ours", "only sends", "idle"),
    ),
    *(
        Figure(
            12,
            f"CPU time per page under {web_server} while Redis is {state}",
            "1,000 pages or more that note the person and print the count, from when Redis failed, 8 at a time, "
            " interleaved with those of the same site without the middleware and with a fixed number; sessions in "
            f"SQLite, REDIS_TIMEOUT {TIMEOUT} s, RETRY_AFTER {RETRY_AFTER} s; gunicorn with 2 processes of 4 threads, "
            f"uvicorn with async views. A page waited if it took {TIMEOUT / 2:g} s longer than the median page of the "
            "control, except for when its thread could have run but got no CPU",
            partial(outage, fault=fault, web_server=web_server),
            [
                never_above(0, "failed", "pages failed"),
                at_least(0.97, ratio("control", "ours"), "× the pages per CPU second"),
                never_above(processes, "waited", "pages waited, one per process", control="control's waited"),
                never_above(1.2 * TIMEOUT, "longest", "for the longest page", duration, control="control's longest"),
            ],
            ("ours", "control"),
            sides=("ours", "control"),
        )
        for state, fault in FAULTS.items()
        for web_server, processes in PROCESSES.items()
    ),
]
