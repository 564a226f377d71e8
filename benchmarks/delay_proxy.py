"""
A slow network on one machine: passes bytes on between clients and a server, with a delay each way.

``python -m benchmarks.delay_proxy <port of the server> <seconds of delay>`` prints its own port, and runs until its
standard input closes.
"""

from __future__ import annotations

import asyncio
import ctypes
import sys
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from selectors import SelectSelector

HOST = "127.0.0.1"
PR_SET_TIMERSLACK = 29


async def serve(port: int, delay: float) -> None:
    async def connect(reader: StreamReader, writer: StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(HOST, port)
        await asyncio.gather(carry(reader, server_writer, delay), carry(server_reader, writer, delay))

    server = await asyncio.start_server(connect, HOST, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


async def carry(source: StreamReader, target: StreamWriter, delay: float) -> None:
    call_later = asyncio.get_running_loop().call_later
    with suppress(ConnectionError):
        while data := await source.read(1 << 16):
            call_later(delay, target.write, data)
    call_later(delay, target.close)


if __name__ == "__main__":
    if sys.platform == "linux":  # otherwise the kernel wakes us up to 50 µs late
        ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1)
    # select() waits to the microsecond; poll() and epoll only to the millisecond.
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(SelectSelector())) as runner:
        runner.run(serve(int(sys.argv[1]), float(sys.argv[2])))
