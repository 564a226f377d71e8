"""The tests' site under real servers, in processes of their own, and the people who click around on it."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

DJANGO_REDIS = "django_redis.cache.RedisCache"
DJANGO_S_OWN = "django.core.cache.backends.redis.RedisCache"


class Visitor:
    """A browser with cookies, over real HTTP."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.cookies = CookieJar()
        handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies)]
        self._opener = urllib.request.build_opener(*handlers)

    def get(self, path: str) -> str:
        with self._opener.open(self.address + path, timeout=10) as response:
            text: str = response.read().decode()
            return text.strip()


@dataclass
class Site:
    """A site that is being served. ``process`` is the server's, or its master's."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path

    def count(self) -> int | None:
        """How many are active, or ``None`` while the site does not know."""
        try:
            answer = json.loads(Visitor(self.address).get("/active-users-info/?limit=0"))
        except urllib.error.HTTPError as error:
            with error:
                answer = json.load(error)
            if answer != {"error": "Who is active is unknown right now."}:
                raise
            return None
        count: int = answer["count"]
        return count


@dataclass
class Traffic:
    """What people met who clicked around."""

    visits: int = 0
    slowest: float = 0
    mistakes: list[str] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)


PAGES = {"/plain": r"plain", "/aplain": r"plain", "/greet": r"hello p\d+", "/count": r"\d*", "/acount": r"\d*"}


@contextmanager
def traffic(site: Site, *, people: int = 4) -> Iterator[Traffic]:
    """So many people click around meanwhile. Every page must be the view's own, whatever happens to Redis."""
    seen = Traffic()

    def click(number: int) -> None:
        try:
            visitor = Visitor(site.address)
            visitor.get(f"/login/p{number}")
            while not seen.is_over.is_set():
                for path, expected in PAGES.items():
                    start = time.monotonic()
                    text = visitor.get(path)
                    seen.slowest = max(seen.slowest, time.monotonic() - start)
                    seen.visits += 1
                    if not re.fullmatch(expected, text):
                        seen.mistakes.append(f"{path}: {text}")
                    seen.is_over.wait(0.01)
        except (OSError, urllib.error.URLError) as error:
            seen.mistakes.append(repr(error))

    threads = [threading.Thread(target=click, args=[number]) for number in range(people)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        seen.is_over.set()
        for thread in threads:
            thread.join()
    assert seen.mistakes == []
    assert seen.visits > 0


Serve = Callable[..., AbstractContextManager[Site]]
KINDS = ["gunicorn", "uvicorn"]


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
    """Serve the site for a while, with ``overrides`` of its settings."""
    overrides = {"ACTIVE_USERS_KEY_PREFIX": f"test-{uuid4().hex[:12]}"} | overrides
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = str(listener.fileno())
        if kind == "gunicorn":
            command = ["gunicorn", f"{module}:wsgi", "--bind", f"fd://{number}", "--workers", "2", "--threads", "4"]
            command += ["--worker-tmp-dir", str(log.parent), "--no-control-socket", *arguments]
        else:
            command = ["uvicorn", f"{module}:asgi", "--fd", number, "--log-level", "warning", *arguments]
        with log.open("ab") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                env=environment(database, redis_url, backend, overrides),
                pass_fds=[listener.fileno()],
                stderr=stderr,
            )
        try:
            yield Site(f"http://127.0.0.1:{listener.getsockname()[1]}", process, log)
        finally:
            process.terminate()
            process.wait(timeout=20)


def lay_database(path: Path, **overrides: Any) -> Path:
    """A database with people in it."""
    command = [sys.executable, "-m", "tests.served"]
    subprocess.run(command, env=environment(path, overrides=overrides), check=True, timeout=60)
    return path


def environment(
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


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_database(tmp_path_factory.mktemp("site") / "db.sqlite3")


@pytest.fixture(params=KINDS)
def serve(request: pytest.FixtureRequest, database: Path, tmp_path: Path) -> Serve:
    """``with serve(redis_url, ACTIVE_USERS_…=…) as site``, once under each server."""

    def serve(redis_url: str, **options: Any) -> AbstractContextManager[Site]:
        return serving(request.param, redis_url, **{"database": database, "log": tmp_path / "log"} | options)

    return serve
