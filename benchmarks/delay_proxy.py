"""
A slow network on one machine: passes bytes on between clients and a server, with a delay each way.

``python -m benchmarks.delay_proxy <port of the server> <seconds of delay> <bytes per second>`` prints its own port, and
runs until its standard input closes. Only what the server answers is held to the bytes per second; 0 is no limit.
"""

from __future__ import annotations

import asyncio
import ctypes
import math
import sys
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from selectors import SelectSelector

HOST = "127.0.0.1"
PR_SET_TIMERSLACK = 29
# How much a slow link carries at a time.
PIECE_SECONDS = 0.05


async def serve(port: int, delay: float, bytes_per_second: int) -> None:
    async def connect(reader: StreamReader, writer: StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(HOST, port)
        await asyncio.gather(
            carry(reader, server_writer, delay), carry(server_reader, writer, delay, bytes_per_second=bytes_per_second)
        )

    server = await asyncio.start_server(connect, HOST, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


async def carry(source: StreamReader, target: StreamWriter, delay: float, *, bytes_per_second: int = 0) -> None:
    call_later = asyncio.get_running_loop().call_later
    with suppress(ConnectionError):
        while data := await source.read(math.ceil(bytes_per_second * PIECE_SECONDS) or 1 << 16):
            call_later(delay, target.write, data)
            if bytes_per_second:
                await asyncio.sleep(len(data) / bytes_per_second)
    call_later(delay, target.close)


if __name__ == "__main__":
    if sys.platform == "linux":  # otherwise the kernel wakes us up to 50 µs late
        ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1)
    # select() waits to the microsecond; poll() and epoll only to the millisecond.
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(SelectSelector())) as runner:
        runner.run(serve(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))
