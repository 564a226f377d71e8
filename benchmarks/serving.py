"""Serves our site with a real web server, beside the same site without our middleware: the control."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from socket import create_server
from typing import Any, Literal

from benchmarks.children import ROOT, Child
from benchmarks.site_process import site_environment

WebServer = Literal["gunicorn", "uvicorn"]
MIDDLEWARE = [
    "django.middleware.common.CommonMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "active_users.middleware.ActiveUsersSessionMiddleware",
]


@dataclass(frozen=True)
class Served:
    """A site that listens on this port."""

    port: int
    child: Child


@contextmanager
def served(
    web_server: WebServer, redis_url: str, *, processes: int = 1, threads: int = 2, **site: Any
) -> Iterator[tuple[Served, Served]]:
    """Gives our site and the control. ``threads`` are those of each process, under gunicorn."""
    command = _gunicorn(processes, threads) if web_server == "gunicorn" else _uvicorn()
    environments = [
        site_environment("ours", redis_url, middleware=middleware, **site)
        for middleware in (MIDDLEWARE, MIDDLEWARE[:-1])
    ]
    with _listening(command, environments[0]) as ours, _listening(command, environments[1]) as control:
        yield ours, control


def _gunicorn(processes: int, threads: int) -> list[str]:
    command = ["gunicorn", "django.core.wsgi:get_wsgi_application()", "--workers", str(processes)]
    command += ["--worker-class", "gthread", "--threads", str(threads), "--keep-alive", "60", "--log-level", "error"]
    if processes > 1:  # no process is to take more connections than it has threads; gunicorn keeps none open then
        command += ["--worker-connections", str(threads)]
    return [*command, "--chdir", str(ROOT), "--no-control-socket", "--bind", "fd://{}"]


def _uvicorn() -> list[str]:
    command = ["uvicorn", "--factory", "django.core.asgi:get_asgi_application", "--app-dir", str(ROOT)]
    return [*command, "--log-level", "warning", "--timeout-keep-alive", "60", "--fd", "{}"]


@contextmanager
def _listening(command: list[str], environment: dict[str, str]) -> Iterator[Served]:
    with create_server(("127.0.0.1", 0)) as listener:
        arguments = [argument.format(listener.fileno()) for argument in command]
        with Child([sys.executable, "-m", *arguments], environment=environment, pass_fds=[listener.fileno()]) as child:
            yield Served(listener.getsockname()[1], child)
