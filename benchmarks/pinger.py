"""
Another client of the server, which notices when it does not answer.

``python -m benchmarks.pinger <server's port>`` reads numbers of seconds from standard input; for each it sends ``PING``
every 0.2 ms for so long, and prints the longest time that one took.
"""

from __future__ import annotations

import ctypes
import socket
import sys
import time

PR_SET_TIMERSLACK = 29
PAUSE = 0.0002


def measure_longest(server: socket.socket, seconds: float) -> float:
    longest = 0.0
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        start = time.perf_counter()
        server.sendall(b"*1\r\n$4\r\nPING\r\n")
        if not server.recv(64):
            raise ConnectionError("the server is gone")
        longest = max(longest, time.perf_counter() - start)
        time.sleep(PAUSE)
    return longest


def main() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1)
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as server:
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for line in sys.stdin:
            print(measure_longest(server, float(line)), flush=True)


if __name__ == "__main__":
    main()
