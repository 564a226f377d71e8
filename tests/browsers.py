"""Visitors' browsers, over Django's test clients."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client


class Browser:
    """A visitor's browser, over the sync or the async test client, so that one test body serves both."""

    def __init__(self, client: Client | AsyncClient) -> None:
        self.client = client

    def get(self, path: str, **arguments: Any) -> Any:
        return self.send("get", path, **arguments)

    def log_in(self, user: Any) -> Browser:
        self.client.force_login(user)
        return self

    def send(self, method: str, path: str, **arguments: Any) -> Any:
        call = getattr(self.client, method)
        if isinstance(self.client, AsyncClient):
            call = async_to_sync(call)
        return call(path, **arguments)
