"""The store that the settings describe, and the memo of whom this process noted a moment ago."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import redis
from django.utils.module_loading import import_string

from active_users.connections.base import Reply
from active_users.connections.registry import get_connection
from active_users.exceptions import ActiveUsersUnavailable
from active_users.logs import log_once
from active_users.settings import active_users_settings
from active_users.store.answers import Answer
from active_users.store.memo import Memo
from active_users.store.sharded import ActiveUserStore

# How many seconds the first answer may take where no page waits for it, look-up and handshake included.
PATIENCE: Final = 3

# One for all threads, because a visitor's next request may be handled by another thread.
memo: Final = Memo()


def get_tenant(cache: Mapping[str, Any]) -> str:
    """
    What tells apart the tenants of this site: what the ``KEY_FUNCTION`` of ``cache`` makes of our name, else ``""``.

    Raises ``ActiveUsersUnavailable`` if the function raises an error, which is logged once.
    """
    function = cache.get("KEY_FUNCTION")
    if function is None:
        return ""
    try:
        function = function if callable(function) else _import(function)
        tenant = str(function("active_users", cache.get("KEY_PREFIX", ""), cache.get("VERSION", 1)))
        tenant.encode()  # fails for what cannot be sent
        return tenant
    except Exception as error:
        message = "The cache's KEY_FUNCTION raised an error, so active users are unknown"
        log_once(logging.ERROR, message, error=error)
        raise ActiveUsersUnavailable("The cache's KEY_FUNCTION does not say which tenant this is") from error


_import = lru_cache(maxsize=16)(import_string)


def get_store() -> ActiveUserStore:
    """The store of this site and tenant, over this process's connection. Raises as ``get_tenant()`` does."""
    settings = active_users_settings.of_store()
    return ActiveUserStore(
        get_connection(settings.alias, timeout=settings.timeout, retry_after=settings.retry_after),
        prefix=settings.prefix,
        window=settings.window,
        shards=settings.shards,
        tenant=get_tenant(settings.cache),
        place_window=settings.place_window,
        has_guests=settings.has_guests,
    )


def wait_for_redis() -> None:
    """
    Wait until a process that has just begun, and has no page to serve, is connected.

    Raises ``ActiveUsersUnavailable`` if Redis refuses, or does not answer within ``PATIENCE``.
    """
    until = time.monotonic() + PATIENCE
    while True:
        try:
            get_store().count().result()
            return
        except ActiveUsersUnavailable as error:
            if not isinstance(error.__cause__, redis.TimeoutError) or time.monotonic() >= until:
                raise
        time.sleep(0.05)


def get_store_for_notes() -> ActiveUserStore | None:
    """The store, or ``None`` while Redis does not answer. Then it is not worth looking up anybody."""
    store = get_store()
    if not store.connection.is_paused:
        return store
    store.connection.leave_out(store.window)
    return None


def forget(identity: str | bytes) -> Reply[bool]:
    """Make a person inactive at once, also in the memo. The reply says whether they were active."""
    memo.forget(identity)
    return get_store().forget(identity)


def clear() -> Answer[bool]:
    """Make everybody inactive at once, also in the memo. The answer says whether anybody was active."""
    memo.clear()
    return get_store().clear()
