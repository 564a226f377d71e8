"""The store that the settings describe, and the memo of whom this process noted a moment ago."""

from __future__ import annotations

from typing import Final

from active_users.connections.base import Reply
from active_users.connections.registry import get_connection
from active_users.settings import active_users_settings
from active_users.store.answers import Answer
from active_users.store.memo import Memo
from active_users.store.sharded import ActiveUserStore

# One for all threads, because a visitor's next request may be handled by another thread.
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
    """Make a person inactive at once, also in the memo. The reply says whether they were active."""
    memo.forget(identity)
    return get_store().forget(identity)


def clear() -> Answer[bool]:
    """Make everybody inactive at once, also in the memo. The answer says whether anybody was active."""
    memo.clear()
    return get_store().clear()
