"""A trial on the real server, which ``manage.py check --database default`` makes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import uuid4

from django.core import checks
from django.core.checks import CheckMessage
from redis.exceptions import ResponseError

from active_users.checks.redis import check_alias
from active_users.connections.base import describe
from active_users.connections.registry import get_connection
from active_users.exceptions import ActiveUsersUnavailable
from active_users.settings import active_users_settings
from active_users.store.current import PATIENCE
from active_users.store.shard import Shard
from active_users.store.sharded import ActiveUserStore

# What our scripts call, and the two commands that run them.
COMMANDS: Final = [
    *("eval", "evalsha", "time"),
    *("zadd", "zcount", "zrandmember", "zrangebyscore", "zrem", "zremrangebyscore", "zrevrange", "zscore"),
    *("hdel", "hget", "hincrby", "hmget", "hset", "hsetnx"),
    *("getrange", "setrange"),
    *("pexpire", "pttl", "unlink"),
]


def check_store(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Note, count, list and forget somebody, under keys of the check's own. Django gives ``databases`` if asked to."""
    return [] if not databases or list(check_alias()) else list(_check_store())


def _check_store() -> Iterator[CheckMessage]:
    settings = active_users_settings
    timeout = max(settings.REDIS_TIMEOUT, PATIENCE)
    connection = get_connection(settings.CACHE_ALIAS, timeout=timeout, retry_after=settings.RETRY_AFTER)
    store = ActiveUserStore(connection, f"{settings.KEY_PREFIX}:check", settings.KEY_EXPIRE, settings.SHARDS)
    try:
        for number in range(store.shards):
            _try(store.shard(number))
    except ActiveUsersUnavailable as error:
        cause = error.__cause__
        if isinstance(cause, ResponseError):
            acl = f"~{{{active_users_settings.KEY_PREFIX}:* {' '.join(f'+{command}' for command in COMMANDS)}"
            hint = (
                "Redis 6.2 or Valkey 7.2 is needed, with scripts. A user with an ACL needs "
                f"{acl}, and +select for a database other than 0."
            )
        else:
            hint = "Check that the server runs, and what CACHES says about its address, password and TLS."
        yield checks.Warning(
            f"The Redis behind the cache {active_users_settings.CACHE_ALIAS!r} should be able to note, count, list and "
            f"forget people; it is not: {describe(cause) if isinstance(cause, Exception) else error}.",
            hint=hint,
            id="active_users.W005",
        )


def _try(shard: Shard) -> None:
    somebody = uuid4().hex
    for payload in ("first", "second"):  # the script is sent whole first, then by name
        shard.note(somebody, payload).result()
    shard.note(somebody, "third", place="somewhere", formerly=b"guest").result()
    shard.count().result()
    shard.counts(["somewhere"]).result()
    shard.draw(1).result()
    shard.page(0, 1).result()
    list(shard.walk())
    shard.last_seen([somebody]).result()
    shard.forget(somebody).result()
    shard.clear().result()
    shard.past(minutes=1).result()
    shard.forget_record(and_history=True).result()
