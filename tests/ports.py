"""Ports on this machine that no other test is given."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from random import SystemRandom

BUS = 10_000


@contextmanager
def reserved_port() -> Iterator[int]:
    """
    A port that is free, as is the bus port of a cluster's node, 10,000 above it.

    Both are below those that the system gives to connections. A UDP socket of the same number keeps the port from the
    tests in other processes: they look for one that is free for both protocols.
    """
    while True:
        port = 10_000 + SystemRandom().randrange(10_000)
        with ExitStack() as reservation, suppress(OSError):
            udp = reservation.enter_context(socket.socket(type=socket.SOCK_DGRAM))
            udp.bind(("127.0.0.1", port))
            for number in (port, port + BUS):
                socket.create_server(("127.0.0.1", number)).close()
            reservation = reservation.pop_all()
            break
    with reservation:
        yield port


@contextmanager
def refusing_port() -> Iterator[int]:
    """A port that refuses connections: it is taken, and nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        yield port
