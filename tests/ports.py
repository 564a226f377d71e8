"""Ports that no other test gets."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from random import SystemRandom

BUS = 10_000


@contextmanager
def reserved_port() -> Iterator[int]:
    """
    A free port whose cluster bus port, 10,000 above it, is free too.

    Both are below the range that the system uses for outgoing connections. A UDP socket with the same number reserves
    the port: tests in other processes take only a port that is free for both protocols.
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
    """A port that refuses connections, because its socket is bound but does not listen."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        yield port


@contextmanager
def swallowing_port() -> Iterator[int]:
    """A port at which whoever connects waits for ever, as behind a firewall that drops packets."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):  # no more fit into the queue of a listener that accepts nobody
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        port: int = listener.getsockname()[1]
        yield port
