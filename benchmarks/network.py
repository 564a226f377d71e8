"""The delay proxy from the outside: a round trip of a wanted length, as near as this machine comes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from redis import Connection

from benchmarks import cpus
from benchmarks.children import Child, command_for


@dataclass(frozen=True)
class Network:
    """``port`` leads to the server over round trips of so many seconds, as measured with ``PING``."""

    port: int
    round_trip: float


@contextmanager
def network_to(port: int, *, round_trip: float) -> Iterator[Network]:
    """A network with round trips of so many seconds, the time that the proxy itself takes included."""
    with _proxy_to(port, delay=0) as undelayed:
        own = measure_ping(undelayed)
    with _proxy_to(port, delay=max(round_trip - own, 0) / 2) as delayed:
        yield Network(delayed, measure_ping(delayed))


def measure_ping(port: int, *, pings: int = 200) -> float:
    """The median of so many ``PING``, one after the other."""
    connection = Connection(port=port)
    connection.connect()
    took = []
    for _ in range(pings):
        start = time.perf_counter()
        connection.send_command("PING")
        connection.read_response()
        took.append(time.perf_counter() - start)
    connection.disconnect()
    return median(took)


@contextmanager
def _proxy_to(port: int, *, delay: float) -> Iterator[int]:
    proxy = Child(command_for(sys.executable, "benchmarks.delay_proxy", str(port), str(delay)))
    cpus.move_to_server(proxy.process.pid)
    try:
        yield int(proxy.read_line())
    finally:
        proxy.stop()
