"""Under real servers, in processes of their own: gunicorn with threads, uvicorn with async views."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from . import settings
from .conftest import Server, wait_until
from .served import PEOPLE

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


Serve = Callable[..., AbstractContextManager[str]]


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("site") / "db.sqlite3"
    return _lay_database(path)


def _lay_database(path: Path, **overrides: Any) -> Path:
    environment = _environment(path, overrides=overrides)
    subprocess.run([sys.executable, "-m", "tests.served"], env=environment, check=True, timeout=60)
    return path


@pytest.fixture(params=["gunicorn", "uvicorn"])
def serve(request: pytest.FixtureRequest, database: Path, tmp_path: Path) -> Serve:
    """Serve the site over ``server`` for a while: ``with serve(server) as address``."""

    @contextmanager
    def serve(
        server: Server, *, backend: str = DJANGO_REDIS, database: Path = database, **overrides: Any
    ) -> Iterator[str]:
        overrides = {"ACTIVE_USERS_KEY_PREFIX": f"test-{uuid4().hex[:12]}"} | overrides
        with socket.create_server(("127.0.0.1", 0)) as listener:
            number = str(listener.fileno())
            if request.param == "gunicorn":
                command = ["gunicorn", "tests.served:wsgi", "--bind", f"fd://{number}", "--workers", "2"]
                command += ["--threads", "4", "--worker-tmp-dir", str(tmp_path), "--no-control-socket"]
            else:
                command = ["uvicorn", "tests.served:asgi", "--fd", number, "--log-level", "warning"]
            with (tmp_path / "log").open("ab") as log:
                process = subprocess.Popen(
                    [sys.executable, "-m", *command],
                    env=_environment(database, server, backend, overrides),
                    pass_fds=[listener.fileno()],
                    stderr=log,
                )
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            try:
                yield address
            finally:
                process.terminate()
                process.wait(timeout=20)
                server.client.delete(
                    *(f"{{{overrides['ACTIVE_USERS_KEY_PREFIX']}:0}}:{key}" for key in ("users", "entries"))
                )

    return serve


def _environment(
    database: Path, server: Server | None = None, backend: str = DJANGO_REDIS, overrides: dict[str, Any] | None = None
) -> dict[str, str]:
    return os.environ | {
        "DATABASE": str(database),
        "CACHE_BACKEND": backend,
        "REDIS_URL": server.url if server else "redis://unused",
        "OVERRIDES": json.dumps(overrides or {}),
    }


def _count(address: str) -> int:
    count: int = json.loads(Visitor(address).get("/active-users-info/"))["count"]
    return count


@pytest.mark.parametrize("backend", [DJANGO_REDIS, DJANGO_S_OWN])
def test_people_count_once_each_whichever_worker_they_meet(serve: Serve, shared_server: Server, backend: str) -> None:
    with serve(shared_server, backend=backend, ACTIVE_USERS_KEY_EXPIRE=30, ACTIVE_USERS_TOUCH_INTERVAL=0) as address:
        visitors = [Visitor(address) for _ in range(PEOPLE)]

        def visit(number: int) -> None:
            visitors[number].get(f"/alogin/p{number}" if number % 2 else f"/login/p{number}")
            for path in ("/plain", "/aplain", "/greet", "/agreet", "/count"):
                visitors[number].get(path)

        threads = [threading.Thread(target=visit, args=[number]) for number in range(PEOPLE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert _count(address) == PEOPLE
        assert visitors[0].get("/count") == visitors[1].get("/acount") == str(PEOPLE)
        visitors[0].get("/logout")
        visitors[1].get("/alogout")
        assert _count(address) == PEOPLE - 2


def test_each_process_has_one_connection_whatever_its_threads(serve: Serve, own_server: Server) -> None:
    with serve(own_server, ACTIVE_USERS_TOUCH_INTERVAL=0) as address:
        visitors = [Visitor(address) for _ in range(8)]

        def visit(number: int) -> None:
            visitors[number].get(f"/login/p{number}")
            for _ in range(10):
                visitors[number].get("/count")

        threads = [threading.Thread(target=visit, args=[number]) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        own_client = 1
        assert len(own_server.client.client_list(_type="normal")) <= 2 + own_client


def test_a_server_that_dies_and_returns_is_not_noticed_by_any_page(serve: Serve, own_server: Server) -> None:
    with serve(own_server, ACTIVE_USERS_TOUCH_INTERVAL=0, ACTIVE_USERS_RETRY_AFTER=0.2) as address:
        ada = Visitor(address)
        ada.get("/login/p0")
        assert ada.get("/count") == ada.get("/acount") == "1"
        own_server.kill()
        for _ in range(10):
            assert ada.get("/plain") == "plain"
            assert ada.get("/count") == ada.get("/acount") == ""
        own_server.restart()
        wait_until(lambda: ada.get("/count") == ada.get("/acount") == "1")


def test_any_user_model_will_do(serve: Serve, shared_server: Server, tmp_path: Path) -> None:
    overrides: dict[str, Any] = {
        "INSTALLED_APPS": [*settings.INSTALLED_APPS[:-1], "tests.members"],
        "AUTH_USER_MODEL": "members.Member",
    }
    database = _lay_database(tmp_path / "members.sqlite3", **overrides)
    with serve(shared_server, database=database, **overrides) as address:
        ada = Visitor(address)
        ada.get("/login/p0")
        Visitor(address).get("/alogin/p1")
        Visitor(address).get("/token/p2")
        assert _count(address) == 3
        people = json.loads(ada.get("/active-users-info/"))["data"]
        assert [person["username"] for person in people] == ["p2", "p1", "p0"]
        assert all(UUID(person["user_id"]) for person in people)
        ada.get("/logout")
        assert _count(address) == 2
