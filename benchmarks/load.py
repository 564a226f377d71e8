"""A simple load generator: people ask a web server for a page, and wait for each answer."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice, takewhile
from typing import Any

from benchmarks import machine
from benchmarks.children import Child


class Load:
    """
    People with these cookies, in turn, ask for one page. Keeps how many pages failed, and how long each took.

    The latter is what the site itself says in a header, if it does. Where a web server has several processes,
    connections should not be kept open: chance may give one process all.
    """

    def __init__(
        self, site: Child, path: str, cookies: Sequence[str], *, connections: int = 2, keeps_open: bool = True
    ) -> None:
        self.took: list[float] = []
        self.failed = 0
        self._site = site
        self._connections = connections
        self._keeps_open = keeps_open
        self._heads = cycle(
            [f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {each}\r\n\r\n".encode("ascii") for each in cookies]
        )

    def cpu_per_page(self, requests: int) -> float:
        """The CPU time that the site takes for a page."""
        heads = list(islice(self._heads, requests))
        before = machine.cpu_seconds(self._site.pid)
        with ThreadPoolExecutor(self._connections) as pool:
            list(pool.map(self._visit, [heads[offset :: self._connections] for offset in range(self._connections)]))
        return (machine.cpu_seconds(self._site.pid) - before) / requests

    def _visit(self, heads: list[bytes]) -> None:
        for batch in [heads] if self._keeps_open else [[head] for head in heads]:
            self._send(batch)

    def _send(self, heads: list[bytes]) -> None:
        with (
            socket.create_connection(("127.0.0.1", self._site.port), timeout=30) as server,
            server.makefile("rb") as answers,
        ):
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for head in heads:
                server.sendall(head)
                self._read(answers)

    def _read(self, answers: Any) -> None:
        status, *lines = takewhile(bytes.strip, iter(answers.readline, b""))
        headers = {name.lower(): value for name, _, value in (line.partition(b":") for line in lines)}
        answers.read(int(headers[b"content-length"]))
        self.took.append(float(headers.get(b"x-took", 0)))
        self.failed += b" 200 " not in status
