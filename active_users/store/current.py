"""The store that the settings describe, and what this process remembers of its own notes."""

from __future__ import annotations

from typing import Final

from active_users.connections.base import Reply
from active_users.connections.registry import get_connection
from active_users.settings import active_users_settings
from active_users.store.answers import Answer
from active_users.store.memo import Memo
from active_users.store.sharded import ActiveUserStore

# One for the whole process: any of its threads may have noted a visitor a moment ago.
memo: Final = Memo()


def get_store() -> ActiveUserStore:
    """The store of this site, over this process's connection."""
    settings = active_users_settings
    return ActiveUserStore(
        get_connection(settings.CACHE_ALIAS, timeout=settings.REDIS_TIMEOUT, retry_after=settings.RETRY_AFTER),
        prefix=settings.KEY_PREFIX,
        window=settings.KEY_EXPIRE,
        shards=settings.SHARDS,
    )


def forget(identity: str) -> Reply[bool]:
    """Make a person inactive at once. Answers whether they were active."""
    memo.forget(identity)
    return get_store().forget(identity)


def clear() -> Answer[bool]:
    """Make everybody inactive at once. Answers whether anybody was active."""
    memo.clear()
    return get_store().clear()
