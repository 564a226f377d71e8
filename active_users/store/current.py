"""The store that the settings describe, and what this process knows of its own notes in it."""

from __future__ import annotations

from active_users.connections.base import Reply
from active_users.connections.registry import get_connection
from active_users.settings import active_users_settings
from active_users.store.answers import Answer
from active_users.store.memo import Memo
from active_users.store.sharded import ActiveUserStore

memo = Memo()


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
    """Let a person be active no more, at once; the answer is whether they were."""
    memo.forget(identity)
    return get_store().forget(identity)


def clear() -> Answer[bool]:
    """Let nobody be active; the answer is whether anybody was."""
    memo.clear()
    return get_store().clear()
