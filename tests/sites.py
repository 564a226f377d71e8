"""Serves the tests' site with gunicorn or uvicorn, in separate processes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from .visitors import Visitor

DJANGO_REDIS = "django_redis.cache.RedisCache"
DJANGO_S_OWN = "django.core.cache.backends.redis.RedisCache"
KINDS = ["gunicorn", "uvicorn"]


@dataclass
class Site:
    """A site that is being served by ``process``, which is the master of ``workers`` processes if there are several."""

    address: str
    process: subprocess.Popen[bytes]
    workers: int
    log: Path
    key_prefix: str

    def count(self) -> int | None:
        """How many are active, or ``None`` while the site does not know."""
        try:
            answer = json.loads(Visitor(self.address).get("/active-users-info/?limit=0"))
        except urllib.error.HTTPError as error:
            with error:
                if error.code != 503:
                    raise
                answer = json.load(error)
            assert list(answer) == ["error"]
            return None
        count: int = answer["count"]
        return count

    def keys(self) -> tuple[str, str]:
        """The keys in Redis: when the people were last seen, and their entries."""
        return f"{{{self.key_prefix}:0}}:users", f"{{{self.key_prefix}:0}}:entries"


Serve = Callable[..., AbstractContextManager[Site]]


@contextmanager
def serving(
    kind: str,
    redis_url: str,
    database: Path,
    log: Path,
    *,
    backend: str = DJANGO_REDIS,
    module: str = "tests.served",
    arguments: tuple[str, ...] = (),
    **overrides: Any,
) -> Iterator[Site]:
    """Serve the site inside the block, with ``overrides`` of its settings."""
    overrides = {"ACTIVE_USERS_KEY_PREFIX": f"test-{uuid4().hex[:12]}"} | overrides
    workers = 2 if kind == "gunicorn" else 1
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = str(listener.fileno())
        if kind == "gunicorn":
            command = [
                "gunicorn",
                f"{module}:wsgi",
                "--bind",
                f"fd://{number}",
                "--workers",
                str(workers),
                "--threads",
                "4",
            ]
            command += ["--worker-tmp-dir", str(log.parent), "--no-control-socket", *arguments]
        else:
            command = ["uvicorn", f"{module}:asgi", "--fd", number, "--log-level", "warning", *arguments]
        with log.open("ab") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                env=_environment(database, redis_url, backend, overrides),
                pass_fds=[listener.fileno()],
                stderr=stderr,
            )
        try:
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            yield Site(address, process, workers, log, overrides["ACTIVE_USERS_KEY_PREFIX"])
        finally:
            process.terminate()
            process.wait(timeout=60)


def make_database(path: Path, **overrides: Any) -> Path:
    """Create a database with people in it."""
    command = [sys.executable, "-m", "tests.served"]
    subprocess.run(command, env=_environment(path, overrides=overrides), check=True, timeout=120)
    return path


def _environment(
    database: Path,
    redis_url: str = "redis://unused",
    backend: str = DJANGO_REDIS,
    overrides: dict[str, Any] | None = None,
) -> dict[str, str]:
    return os.environ | {
        "DATABASE": str(database),
        "CACHE_BACKEND": backend,
        "REDIS_URL": redis_url,
        "OVERRIDES": json.dumps(overrides or {}),
    }
