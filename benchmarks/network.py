"""Simulates a slow network to a server on this machine, as nearly as the machine can."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

from benchmarks import machine
from benchmarks.children import Child, command_for
from benchmarks.plain_redis import plain_connection
from benchmarks.site.timing import time_call


@contextmanager
def network_to(port: int, *, round_trip: float = 0, bytes_per_second: int = 0) -> Iterator[Child]:
    """
    Puts a delay proxy in front of the server. Gives the proxy, whose ``port`` sites use.

    The time that the proxy itself takes is part of the round trip.
    """
    overhead = 0.0
    if round_trip:
        with network_to(port) as undelayed, pinging(undelayed.port) as ping:
            overhead = median(ping() for _ in range(200))
    delay = max(round_trip - overhead, 0) / 2
    arguments = [str(port), str(delay), str(bytes_per_second)]
    with Child(command_for("benchmarks.delay_proxy", *arguments)) as proxy:
        machine.move_to_server(proxy.pid)
        proxy.port = int(proxy.read_line())
        yield proxy


@contextmanager
def pinging(port: int) -> Iterator[Callable[[], float]]:
    """Gives a function that says how long a ``PING`` takes."""
    with plain_connection(f"redis://127.0.0.1:{port}/0") as call:
        yield lambda: time_call(lambda: call("PING"))
