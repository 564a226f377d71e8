"""
A network in between: hands bytes on between a client and a server on this machine, later by half a round trip each way.

``python -m benchmarks.delay_proxy <server's port> <seconds of delay each way>`` prints its own port, and runs until its
standard input is closed.
"""

from __future__ import annotations

import ctypes
import select
import socket
import sys
import time
from collections import deque

HOST = "127.0.0.1"
PR_SET_TIMERSLACK = 29


class Direction:
    """The bytes on their way from ``source`` to ``target``, each with the time when they are due."""

    def __init__(self, source: socket.socket, target: socket.socket) -> None:
        self.source = source
        self.target = target
        self.under_way: deque[tuple[float, bytes]] = deque()

    def take(self, delay: float) -> bool:
        """Take what has come from the source; the answer is whether it is still open."""
        try:
            data = self.source.recv(1 << 16)
        except OSError:
            return False
        self.under_way.append((time.monotonic() + delay, data))
        return bool(data)

    def deliver(self) -> None:
        while self.under_way and self.under_way[0][0] <= time.monotonic():
            data = self.under_way.popleft()[1]
            self.target.sendall(data)


class DelayProxy:
    def __init__(self, port: int, delay: float) -> None:
        self.server = (HOST, port)
        self.delay = delay
        self.listener = socket.create_server((HOST, 0))
        self.directions: dict[socket.socket, Direction] = {}

    def run(self) -> None:
        while True:
            due = [direction.under_way[0][0] for direction in self.directions.values() if direction.under_way]
            patience = max(min(due) - time.monotonic(), 0) if due else None
            # select() waits to the microsecond, poll() and epoll to the millisecond.
            readable, _, _ = select.select([self.listener, sys.stdin, *self.directions], [], [], patience)
            if sys.stdin in readable:
                return
            if self.listener in readable:
                self._connect(self.listener.accept()[0])
            for source in readable:
                if source in self.directions and not self.directions[source].take(self.delay):
                    self._disconnect(source)
            for direction in list(self.directions.values()):
                try:
                    direction.deliver()
                except OSError:
                    self._disconnect(direction.source)

    def _connect(self, client: socket.socket) -> None:
        server = socket.create_connection(self.server)
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.directions[client] = Direction(client, server)
        self.directions[server] = Direction(server, client)

    def _disconnect(self, source: socket.socket) -> None:
        direction = self.directions.pop(source, None)
        if direction is not None:
            self.directions.pop(direction.target, None)
            direction.source.close()
            direction.target.close()


def main() -> None:
    if sys.platform == "linux":  # else the kernel rounds our waits up by 50 µs
        ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1)
    proxy = DelayProxy(int(sys.argv[1]), float(sys.argv[2]))
    print(proxy.listener.getsockname()[1], flush=True)
    proxy.run()


if __name__ == "__main__":
    main()
