"""Checks of the cache alias, and of the number of shards if it is a cluster. None of them connects."""

from __future__ import annotations

from collections.abc import Iterator

import redis
from django.core import checks
from django.core.checks import CheckMessage, Error

from active_users.connections.base import describe
from active_users.connections.cache_alias import NotRedis, check_address, is_cluster
from active_users.settings import active_users_settings


def check_redis() -> Iterator[CheckMessage]:
    yield from check_alias()
    if is_cluster(active_users_settings.CACHE_ALIAS) and active_users_settings.SHARDS == 1:
        yield checks.Warning(
            "ACTIVE_USERS_SHARDS should be more than 1 if the cache is a cluster: now all people are on one node.",
            hint="Set it to about twice the number of masters. That spreads notes and memory over them; in return a "
            "count or list asks every shard. Silence this where one node is enough.",
            id="active_users.W003",
        )


def check_alias() -> Iterator[CheckMessage]:
    """Check that the alias leads to a Redis."""
    alias = active_users_settings.CACHE_ALIAS
    try:
        check_address(alias, active_users_settings.REDIS_TIMEOUT)
    except NotRedis as error:
        yield checks.Warning(
            f"ACTIVE_USERS_CACHE_ALIAS should name a cache in Redis, or active users are unknown: {error}.",
            hint="Silence this where there is no Redis, for example in development. Elsewhere, give that alias the "
            "BACKEND django_redis.cache.RedisCache or django.core.cache.backends.redis.RedisCache in CACHES, or name "
            "another alias.",
            id="active_users.W006",
        )
    except Exception as error:  # whatever a mistake in CACHES may raise
        text = str(error) if isinstance(error, redis.ConnectionError) else describe(error)
        yield Error(
            f"ACTIVE_USERS_CACHE_ALIAS should name a cache in Redis, not {alias!r}: {text}.",
            hint="Correct that alias in CACHES, or name another. Its BACKEND should be django_redis.cache.RedisCache "
            "or django.core.cache.backends.redis.RedisCache, and its LOCATION a URL such as redis://localhost:6379.",
            id="active_users.E013",
        )
