"""A simple load generator: people ask a web server for a page, over connections that are kept open."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice, takewhile

CONNECTIONS = 2


def pages_per_second(port: int, path: str, cookies: Sequence[str], requests: int) -> float:
    """Send this many requests with these cookies in turn. Raises ``RuntimeError`` if one fails."""
    heads = [
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode("ascii")
        for cookie in islice(cycle(cookies), requests)
    ]
    start = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(_send, [port] * CONNECTIONS, [heads[offset::CONNECTIONS] for offset in range(CONNECTIONS)]))
    return requests / (time.perf_counter() - start)


def _send(port: int, heads: list[bytes]) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as server, server.makefile("rb") as answers:
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for head in heads:
            server.sendall(head)
            lines = list(takewhile(bytes.strip, iter(answers.readline, b"")))
            if not lines or b" 200 " not in lines[0]:
                raise RuntimeError(f"the site answered {lines[:1]!r}")
            answers.read(next(int(line[15:]) for line in lines if line.lower().startswith(b"content-length:")))
