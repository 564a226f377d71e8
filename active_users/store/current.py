"""The store that the settings describe, and the memo of whom this process noted a moment ago."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Final

from django.utils.module_loading import import_string

from active_users.connections.base import Reply
from active_users.connections.registry import get_connection
from active_users.exceptions import ActiveUsersUnavailable
from active_users.settings import active_users_settings
from active_users.store.answers import Answer
from active_users.store.memo import Memo
from active_users.store.sharded import ActiveUserStore

logger = logging.getLogger("active_users")

# One for all threads, because a visitor's next request may be handled by another thread.
memo: Final = Memo()


def get_tenant() -> str:
    """
    What tells apart the tenants of this site: what its cache's ``KEY_FUNCTION`` makes of our name, or ``""`` without.

    Raises ``ActiveUsersUnavailable`` if the function raises an error, which is logged once.
    """
    cache = active_users_settings.get_cache()
    function = cache.get("KEY_FUNCTION")
    if function is None:
        return ""
    try:
        function = function if callable(function) else _import(function)
        return str(function("active_users", cache.get("KEY_PREFIX", ""), cache.get("VERSION", 1)))
    except Exception as error:
        _report(f"{type(error).__name__}: {error}")
        raise ActiveUsersUnavailable("The cache's KEY_FUNCTION does not say which tenant this is") from error


_import = lru_cache(maxsize=16)(import_string)


@lru_cache(maxsize=16)
def _report(error: str) -> None:
    logger.error("The cache's KEY_FUNCTION raised an error, so active users are unknown: %s", error)


def get_store() -> ActiveUserStore:
    """The store of this site and tenant, over this process's connection. Raises as ``get_tenant()`` does."""
    settings = active_users_settings
    return ActiveUserStore(
        get_connection(settings.CACHE_ALIAS, timeout=settings.REDIS_TIMEOUT, retry_after=settings.RETRY_AFTER),
        prefix=settings.KEY_PREFIX,
        window=settings.KEY_EXPIRE,
        shards=settings.SHARDS,
        tenant=get_tenant(),
        place_window=3 * settings.REFRESH_SECONDS,
    )


def forget(identity: str) -> Reply[bool]:
    """Make a person inactive at once, also in the memo. The reply says whether they were active."""
    memo.forget(identity)
    return get_store().forget(identity)


def clear() -> Answer[bool]:
    """Make everybody inactive at once, also in the memo. The answer says whether anybody was active."""
    memo.clear()
    return get_store().clear()
