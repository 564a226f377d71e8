"""Row 12: Redis fails, in each of several ways, while people visit a real site."""

# ruff: noqa: RUF001 - the multiplication sign is meant

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import Final
from urllib.request import urlopen

from benchmarks import cpus
from benchmarks.bench import Bench, People
from benchmarks.comparison import Comparison, compare
from benchmarks.faults import FAULTS, FaultyServer, faulty_server
from benchmarks.figure import Figure, Promise, duration, number
from benchmarks.load import Load
from benchmarks.serving import Served, WebServer, served

PEOPLE: Final = 200
ROUNDS: Final = 40
REQUESTS: Final = 50
CONNECTIONS: Final = 8
PROCESSES: Final[dict[WebServer, int]] = {"gunicorn": 2, "uvicorn": 1}
# The package's default.
TIMEOUT: Final = 0.25
# So that several attempts to connect fall within the measurement.
RETRY_AFTER: Final = 1
# How late a busy machine may wake a process, beyond what happened to the control.
MACHINE_NOISE: Final = 0.05
PEER_PATIENCE: Final = 6.0


@dataclass(frozen=True)
class Outage:
    """
    What visitors of our site saw during an outage, and what those of the control saw.

    ``pages_per_cpu_second`` is against the control's, like the ratio of ``rates``.
    """

    rates: Comparison
    pages_per_cpu_second: float
    ours: Load
    control: Load
    stood_still: tuple[float, float]

    @property
    def added_to_slowest(self) -> float:
        return max(self.ours.took) - max(self.control.took)

    @property
    def added_stand_still(self) -> float:
        ours, control = self.stood_still
        return ours - control

    @cached_property
    def waited(self) -> int:
        """How many more pages than of the control's took at least half the timeout longer than usual."""
        long = median(self.control.took) + TIMEOUT / 2
        ours, control = (sum(took > long for took in load.took) for load in (self.ours, self.control))
        return max(ours - control, 0)


def measure_failure(bench: Bench) -> list[Figure]:
    with bench.people_who_are_logged_in(PEOPLE) as people:
        return [_measure(bench, people, state, fault) for state, fault in FAULTS.items()]


def _measure(bench: Bench, people: People, state: str, fault: Callable[[FaultyServer], None]) -> Figure:
    bench.say(f"Redis is {state}")
    gunicorn = _visit(people, fault, "gunicorn", "/account/", prints_number=True)
    uvicorn = _visit(people, fault, "uvicorn", "/async/account/", prints_number=True)
    uvicorn_plain = _visit(people, fault, "uvicorn", "/async/account/", prints_number=False)
    outages = [gunicorn, uvicorn, uvicorn_plain]
    return Figure(
        12,
        f"Redis {state}",
        f"{ROUNDS} times {REQUESTS} pages from when it failed, each next to as many of the same site without the "
        f"middleware, {CONNECTIONS} at a time; sessions in SQLite, every request notes, RETRY_AFTER {RETRY_AFTER} s; "
        "gunicorn with 2 processes of 4 threads, whose pages per second differ by up to 10 % even between equal sites, "
        "so that its CPU time counts, pages that print the count; uvicorn with async views, pages that "
        "print it, and pages that do not, whose event loop is timed. The peer: one request",
        [
            Promise(sum(outage.ours.failed for outage in outages), "≤", 0, "failed pages"),
            Promise(gunicorn.pages_per_cpu_second, "≥", 0.97, "× the pages per CPU second without it (gunicorn)"),
            Promise(uvicorn.rates.ratio, "≥", 0.97, "× the pages per second (uvicorn)"),
            Promise(uvicorn_plain.rates.ratio, "≥", 0.97, "× the same (uvicorn, no count)"),
            Promise(max(outage.added_to_slowest for outage in outages), "≤", TIMEOUT, "added to the slowest", duration),
            Promise(
                max(uvicorn_plain.added_stand_still, 0),
                "≤",
                MACHINE_NOISE,
                "added to the event loop's longest stand-still",
                duration,
            ),
        ],
        _note(outages),
        _ask_peer(bench, fault),
    )


def _note(outages: Sequence[Outage]) -> str:
    slowest = ", ".join(f"{duration(max(side.ours.took))} and {duration(max(side.control.took))}" for side in outages)
    stood = " and ".join(duration(seconds) for seconds in outages[1].stood_still)
    plain = " and ".join(duration(seconds) for seconds in outages[2].stood_still)
    waited = ", ".join(str(outage.waited) for outage in outages)
    return (
        f"({number(outages[0].rates.ratio)} × the pages per second under gunicorn; "
        f"slowest page and the control's: {slowest}; {waited} pages waited; "
        f"stand-still and the control's: {plain}, printing the count {stood})"
    )


def _visit(
    people: People, fault: Callable[[FaultyServer], None], web_server: WebServer, path: str, *, prints_number: bool
) -> Outage:
    processes = PROCESSES[web_server]
    with (
        cpus.on_all(),
        faulty_server() as server,
        served(
            web_server,
            server.url(0),
            processes=processes,
            threads=4,
            sqlite=people.sqlite,
            names=server.names,
            TOUCH_INTERVAL=0,
            RETRY_AFTER=RETRY_AFTER,
        ) as sites,
    ):
        paths = [f"{path}number/", f"{path}fixed-number/"] if prints_number else [path, path]

        for _ in range(20):
            for load in _loads(people, sites, paths):
                load.pages_per_second(REQUESTS)
            if server.count_clients() == processes:
                break
        else:
            raise RuntimeError("not every process of the site has connected to Redis")
        if web_server == "uvicorn":
            _stand_still(sites)
        fault(server)
        ours, control = _loads(people, sites, paths)
        before = [site.child.cpu_seconds for site in sites]
        rates = compare(ROUNDS, lambda: ours.pages_per_second(REQUESTS), lambda: control.pages_per_second(REQUESTS))
        our_cpu, control_cpu = (site.child.cpu_seconds - spent for site, spent in zip(sites, before, strict=True))
        return Outage(
            rates, control_cpu / our_cpu, ours, control, _stand_still(sites) if web_server == "uvicorn" else (0, 0)
        )


def _loads(people: People, sites: Sequence[Served], paths: Sequence[str]) -> list[Load]:
    return [
        Load(site.port, path, people.cookies, connections=CONNECTIONS, keeps_open=False)
        for site, path in zip(sites, paths, strict=True)
    ]


def _stand_still(sites: tuple[Served, Served]) -> tuple[float, float]:
    def ask(site: Served) -> float:
        with urlopen(f"http://127.0.0.1:{site.port}/async/stand-still/", timeout=30) as answer:
            return float(answer.read())

    ours, control = sites
    return ask(ours), ask(control)


def _ask_peer(bench: Bench, fault: Callable[[FaultyServer], None]) -> str:
    with faulty_server() as server, bench.site_at("peers", server.url(0), names=server.names) as peer:
        peer.call("visit_once", path="/with-count/", patience=PEER_PATIENCE)
        fault(server)
        answer = peer.call("visit_once", path="/with-count/", patience=PEER_PATIENCE)
    return f"{answer['status']} after {duration(answer['seconds'])}" if answer else f"> {duration(PEER_PATIENCE)}"
