"""In place of the resolver, for one host: a file says what a look-up finds, and how long it takes."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any, Final

NAME: Final = "redis.test"


def resolve_from(file: str) -> None:
    """Read what ``NAME`` resolves to from this file, whenever it is looked up in this process."""
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> list[Any]:
        if host != NAME:
            return real(host, *args, **kwargs)
        found = json.loads(Path(file).read_text("utf-8"))
        time.sleep(found["seconds"])
        if not found["addresses"]:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return [entry for address in found["addresses"] for entry in real(address, *args, **kwargs)]

    socket.getaddrinfo = getaddrinfo
