"""Serves several variants of a site, which differ in their middleware, each with a real web server."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from socket import create_server
from typing import Any, Literal

from benchmarks.children import ROOT, Child, site_environment

WebServer = Literal["gunicorn", "uvicorn"]
USUAL = (
    "django.middleware.common.CommonMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
)
OURS = (*USUAL, "active_users.middleware.ActiveUsersSessionMiddleware")


@contextmanager
def served(
    web_server: WebServer,
    redis_url: str,
    variants: Mapping[str, Sequence[str]],
    *,
    processes: int = 1,
    threads: int = 2,
    **site: Any,
) -> Iterator[dict[str, Child]]:
    """Gives the web server of each variant. ``threads`` are those of each process, under gunicorn."""
    command = _gunicorn(processes, threads) if web_server == "gunicorn" else _uvicorn()
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(
                _listening(command, site_environment("ours", redis_url, middleware=middleware, **site))
            )
            for name, middleware in variants.items()
        }


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
def _listening(command: list[str], environment: dict[str, str]) -> Iterator[Child]:
    with create_server(("127.0.0.1", 0)) as listener:
        arguments = [argument.format(listener.fileno()) for argument in command]
        with Child([sys.executable, "-m", *arguments], environment=environment, pass_fds=[listener.fileno()]) as child:
            child.port = listener.getsockname()[1]
            yield child
