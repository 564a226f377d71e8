"""The store that the settings describe."""

from __future__ import annotations

from active_users.cache_alias import get_connection
from active_users.settings import active_users_settings
from active_users.store import ActiveUserStore


def get_store() -> ActiveUserStore:
    """The store of this site, over this process's connection."""
    settings = active_users_settings
    return ActiveUserStore(
        get_connection(settings.CACHE_ALIAS, timeout=settings.REDIS_TIMEOUT, retry_after=settings.RETRY_AFTER),
        prefix=settings.KEY_PREFIX,
        window=settings.KEY_EXPIRE,
        shards=settings.SHARDS,
    )
