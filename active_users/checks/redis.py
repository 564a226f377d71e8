"""Checks of the cache alias, and of the number of shards if it is a cluster."""

from __future__ import annotations

from collections.abc import Iterator

from django.core import checks
from django.core.checks import CheckMessage, Error

from active_users.connections.cache_alias import find_pool, is_cluster
from active_users.settings import active_users_settings


def check_redis() -> Iterator[CheckMessage]:
    alias = active_users_settings.CACHE_ALIAS
    if is_cluster(alias):
        yield from _check_shards_of_cluster()
        return
    try:
        find_pool(alias)
    except Exception as error:  # whatever a mistake in CACHES may raise
        yield Error(
            f"ACTIVE_USERS_CACHE_ALIAS should name a cache in Redis, not {alias!r}: {error}.",
            hint="Give that alias the BACKEND django_redis.cache.RedisCache or "
            "django.core.cache.backends.redis.RedisCache in CACHES, or name another alias.",
            id="active_users.E013",
        )


def _check_shards_of_cluster() -> Iterator[CheckMessage]:
    if active_users_settings.SHARDS == 1:
        yield checks.Warning(
            "ACTIVE_USERS_SHARDS should be more than 1 if the cache is a cluster: now all people are on one node.",
            hint="Set it to about twice the number of masters. That spreads notes and memory over them; in return a "
            "count or list asks every shard. Silence this where one node is enough.",
            id="active_users.W003",
        )
