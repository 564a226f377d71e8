"""Servers on TCP ports, for tests in which they have to find each other, run with the embedded server's program."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from .ports import reserved_port
from .waiting import wait_until


class Node:
    """A server or sentinel on ``port``. ``start()`` takes the lines of its configuration file."""

    def __init__(self, executable: str, directory: Path, port: int) -> None:
        self.executable = executable
        self.directory = directory
        self.port = port
        # One retry, because a server closes its connections when its role changes.
        self.client = redis.Redis(port=port, retry=Retry(NoBackoff(), 1), retry_on_error=[redis.ConnectionError])
        self.arguments: list[str] = []
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *lines: str, is_sentinel: bool = False) -> None:
        self.directory.mkdir(exist_ok=True)
        configuration = self.directory / "node.conf"
        basic = [f"port {self.port}", "bind 127.0.0.1", f"dir {self.directory}"]
        configuration.write_text("\n".join([*basic, *lines, ""]))
        self.arguments = [str(configuration), *(["--sentinel"] if is_sentinel else [])]
        self.restart()

    def restart(self) -> None:
        """Start it with the same arguments as before, and wait until it answers."""
        self.process = subprocess.Popen([self.executable, *self.arguments], stdout=subprocess.DEVNULL)
        wait_until(self._answers)

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, "the server has stopped"
        with suppress(redis.ConnectionError):
            return bool(self.client.ping())
        return False


@contextmanager
def stopped_nodes(executable: str, directory: Path, number: int) -> Iterator[list[Node]]:
    """Nodes that have not been started, each with its own port and directory."""
    with ExitStack() as stack:
        nodes = []
        for which in range(number):
            node = Node(executable, directory / str(which), stack.enter_context(reserved_port()))
            stack.callback(node.client.close)
            stack.callback(node.kill)
            nodes.append(node)
        yield nodes
