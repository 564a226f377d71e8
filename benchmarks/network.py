"""Simulates a network whose round trips take a given time, as nearly as this machine can."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from benchmarks import cpus
from benchmarks.children import Child, command_for
from benchmarks.plain_redis import plain_connection


@contextmanager
def network_to(port: int, round_trip: float) -> Iterator[tuple[int, float]]:
    """
    Puts a delay proxy in front of the server. Gives its port, and how long a ``PING`` through it takes.

    The time that the proxy itself takes is part of the round trip.
    """
    with _proxy_to(port, delay=0) as undelayed:
        overhead = measure_ping(undelayed)
    with _proxy_to(port, delay=max(round_trip - overhead, 0) / 2) as delayed:
        yield delayed, measure_ping(delayed)


def measure_ping(port: int, *, pings: int = 200) -> float:
    """The median time of a ``PING``, one after the other."""
    took = []
    with plain_connection(f"redis://127.0.0.1:{port}/0") as call:
        for _ in range(pings):
            start = time.perf_counter()
            call("PING")
            took.append(time.perf_counter() - start)
    return median(took)


@contextmanager
def slow_link_to(port: int, bytes_per_second: int) -> Iterator[int]:
    """Puts a proxy in front of the server that carries answers no faster. Gives its port."""
    with _proxy_to(port, delay=0, bytes_per_second=bytes_per_second) as slow:
        yield slow


@contextmanager
def _proxy_to(port: int, *, delay: float, bytes_per_second: int = 0) -> Iterator[int]:
    arguments = [str(port), str(delay), str(bytes_per_second)]
    with Child(command_for(sys.executable, "benchmarks.delay_proxy", *arguments)) as proxy:
        cpus.move_to_server(proxy.process.pid)
        yield int(proxy.read_line())
