"""The ways in which Redis fails, and how each is brought about."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.server import HOST, Server
from benchmarks.site.names import NAME

LOOK_UP_SECONDS: Final = 5
# Loopback addresses at which nothing else listens.
ADDRESSES: Final = ["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"]


class FaultyServer(Server):
    """A server that sites know by a name. ``names`` is the file that says where the name leads."""

    def __init__(self, directory: str) -> None:
        super().__init__()
        self.names = Path(directory) / "names.json"
        self._held = ExitStack()
        self._lead_to([HOST])

    def url(self, database: int) -> str:
        return f"redis://{NAME}:{self.port}/{database}"

    def close(self) -> None:
        super().close()
        self._held.close()

    def die(self) -> None:
        self._server.terminate()

    def lose_name(self) -> None:
        """From now on, looking up the name takes long and fails."""
        self._lead_to([], seconds=LOOK_UP_SECONDS)
        self.die()

    def swallow_packets(self) -> None:
        """From now on, whoever connects waits for ever, as behind a firewall that drops packets."""
        for address in ADDRESSES:
            listener = self._held.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((address, self.port))
            listener.listen(0)
            for _ in range(4):  # fills the backlog
                caller = self._held.enter_context(socket.socket())
                caller.setblocking(False)
                caller.connect_ex((address, self.port))
        self._lead_to(ADDRESSES)
        self.die()

    def _lead_to(self, addresses: Sequence[str], *, seconds: float = 0) -> None:
        self.names.write_text(json.dumps({"addresses": addresses, "seconds": seconds}), "utf-8")


FAULTS: Final[Mapping[str, Callable[[FaultyServer], None]]] = {
    "dead": FaultyServer.die,
    "hung (SIGSTOP)": FaultyServer.hang,
    f"gone, and its name takes {LOOK_UP_SECONDS} s to fail to resolve": FaultyServer.lose_name,
    f"out of reach, packets to its {len(ADDRESSES)} addresses swallowed": FaultyServer.swallow_packets,
}


@contextmanager
def faulty_server() -> Iterator[FaultyServer]:
    with TemporaryDirectory() as directory, closing(FaultyServer(directory)) as server:
        yield server
