"""A simple load generator: people who ask a web server for a page, over connections that are kept."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice

CONNECTIONS = 2


def pages_per_second(port: int, path: str, cookies: Sequence[str], requests: int) -> float:
    """So many requests over a few connections, by the holders of these cookies by turns; raises if one fails."""
    heads = [
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode("ascii")
        for cookie in islice(cycle(cookies), requests)
    ]
    start = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for done in [pool.submit(_send, port, heads[offset::CONNECTIONS]) for offset in range(CONNECTIONS)]:
            done.result()
    return requests / (time.perf_counter() - start)


def _send(port: int, heads: list[bytes]) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as server:
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for head in heads:
            server.sendall(head)
            _receive(server)


def _receive(server: socket.socket) -> None:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(server)
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    if b" 200 " not in lines[0]:
        raise RuntimeError(f"the site answered {lines[0].decode()!r}")
    missing = next(int(line[15:]) for line in lines if line.startswith(b"content-length:")) - len(body)
    while missing > 0:
        missing -= len(_more(server))


def _more(server: socket.socket) -> bytes:
    data = server.recv(1 << 16)
    if not data:
        raise RuntimeError("the site closed the connection")
    return data
