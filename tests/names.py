"""The addresses of a host name, as a test says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from typing import Any

from .waiting import PATIENCE

HOST = "redis.test"


class Names:
    """In place of ``socket.getaddrinfo()``: tells the ``ports`` of this host at which ``redis.test`` is."""

    def __init__(self) -> None:
        self.ports: Sequence[int] = []
        self.lookups = 0
        self.is_hanging = False
        self._may_answer = threading.Event()
        self._may_answer.set()
        self._real = socket.getaddrinfo

    def hang(self) -> None:
        """From now on look-ups take longer than a test has patience."""
        self._may_answer.clear()

    def answer(self) -> None:
        self._may_answer.set()

    def getaddrinfo(self, host: Any, *arguments: Any, **options: Any) -> Any:
        if host != HOST:
            return self._real(host, *arguments, **options)
        self.lookups += 1
        self.is_hanging = True
        if not self._may_answer.wait(PATIENCE):
            self.answer()
        self.is_hanging = False
        if not self.ports:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in self.ports]
