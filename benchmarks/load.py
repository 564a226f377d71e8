"""A simple load generator: people ask a web server for a page, and waits for each answer."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice, takewhile
from typing import Any


class Load:
    """
    People with these cookies, in turn, ask for one page. Keeps how long each page took and how many failed.

    Where a web server has several processes, connections should not be kept open: chance may give one process all.
    """

    def __init__(
        self, port: int, path: str, cookies: Sequence[str], *, connections: int = 2, keeps_open: bool = True
    ) -> None:
        self.took: list[float] = []
        self.failed = 0
        self._port = port
        self._connections = connections
        self._keeps_open = keeps_open
        self._heads = cycle(
            [f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {each}\r\n\r\n".encode("ascii") for each in cookies]
        )

    def pages_per_second(self, requests: int) -> float:
        heads = list(islice(self._heads, requests))
        start = time.perf_counter()
        with ThreadPoolExecutor(self._connections) as pool:
            list(pool.map(self._visit, [heads[offset :: self._connections] for offset in range(self._connections)]))
        return requests / (time.perf_counter() - start)

    def _visit(self, heads: list[bytes]) -> None:
        for batch in [heads] if self._keeps_open else [[head] for head in heads]:
            self._send(batch)

    def _send(self, heads: list[bytes]) -> None:
        with (
            socket.create_connection(("127.0.0.1", self._port), timeout=30) as server,
            server.makefile("rb") as answers,
        ):
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for head in heads:
                start = time.perf_counter()
                server.sendall(head)
                is_good = self._read(answers)
                self.took.append(time.perf_counter() - start)
                self.failed += not is_good

    def _read(self, answers: Any) -> bool:
        lines = list(takewhile(bytes.strip, iter(answers.readline, b"")))
        if not lines:
            raise ConnectionError("the site closed the connection")
        answers.read(next(int(line[15:]) for line in lines if line.lower().startswith(b"content-length:")))
        return b" 200 " in lines[0]
