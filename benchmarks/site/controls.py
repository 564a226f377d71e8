"""Middlewares that do less than ours, and one that watches a request from outside."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest
from django.utils.decorators import sync_and_async_middleware

from benchmarks.machine import running_seconds
from benchmarks.plain_redis import pack

# How many answers may be unread before the next request reads them.
MOST_UNREAD = 16


class Idle:
    """The least that a middleware does that looks at each view."""

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        return None


class Sending(Idle):
    """Sends one and the same prepared command before each view, over a socket, and waits for no answer."""

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        super().__init__(get_response)
        url = urlsplit(settings.CACHES["default"]["LOCATION"])
        self._socket = socket.create_connection((url.hostname, url.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(pack("SELECT", url.path[1:]))
        self._command = pack(*json.loads(os.environ["BENCHMARK_SITE"])["command"])
        self._unread = 1

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        self._socket.sendall(self._command)
        self._unread += 1
        if self._unread > MOST_UNREAD:
            self._unread = 0
            self._socket.recv(1 << 16)


@sync_and_async_middleware
def watch(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Says in a header how long the request took, except for when its thread could have run but got no CPU."""

    async def ahandle(request: HttpRequest) -> Any:
        start = running_seconds("thread-self")
        return _tell(await get_response(request), start)

    def handle(request: HttpRequest) -> Any:
        start = running_seconds("thread-self")
        return _tell(get_response(request), start)

    return ahandle if iscoroutinefunction(get_response) else handle


def _tell(response: Any, start: float) -> Any:
    response["X-Took"] = f"{running_seconds('thread-self') - start:.6f}"
    return response
