"""The cache alias, and how we lay our keys in it."""

from __future__ import annotations

from collections.abc import Iterator

from django.core import checks
from django.core.checks import CheckMessage, Error
from redis import RedisError

from active_users.connections.cache_alias import find_pool, is_cluster
from active_users.settings import active_users_settings

# A count asks every shard: beyond that it is slow, and no cluster needs it.
MOST_SHARDS = 256


def check_redis() -> Iterator[CheckMessage]:
    yield from _check_cache_alias()
    yield from _check_key_prefix()
    yield from _check_shards()


def _check_cache_alias() -> Iterator[CheckMessage]:
    alias = active_users_settings.CACHE_ALIAS
    if is_cluster(alias):
        return
    try:
        find_pool(alias)
    except (RedisError, ImportError, TypeError) as error:
        yield Error(
            f"ACTIVE_USERS_CACHE_ALIAS should name a cache in Redis, not {alias!r}: {error}.",
            hint="Set up that alias in CACHES with django_redis.cache.RedisCache or "
            "django.core.cache.backends.redis.RedisCache, or name another.",
            id="active_users.E013",
        )


def _check_key_prefix() -> Iterator[CheckMessage]:
    prefix = active_users_settings.KEY_PREFIX
    if not (isinstance(prefix, str) and prefix and not set(prefix) & set("{}")):
        yield Error(
            f"ACTIVE_USERS_KEY_PREFIX should be text without braces, not {prefix!r}.",
            hint='Set it to a short name of the site, such as "shop".',
            id="active_users.E014",
        )


def _check_shards() -> Iterator[CheckMessage]:
    shards = active_users_settings.SHARDS
    if not (isinstance(shards, int) and not isinstance(shards, bool) and 1 <= shards <= MOST_SHARDS):
        yield Error(
            f"ACTIVE_USERS_SHARDS should be a whole number from 1 to {MOST_SHARDS}, not {shards!r}.",
            hint="Remove it for one shard, which is right unless the cache is a cluster.",
            id="active_users.E019",
        )
    elif shards == 1 and is_cluster(active_users_settings.CACHE_ALIAS):
        yield checks.Warning(
            "ACTIVE_USERS_SHARDS should be more than 1 where the cache is a cluster: all people are on one node.",
            hint="Set it to about twice the number of masters. That spreads notes and memory over them; in return a "
            "count or list asks every shard, one after the other. Silence this where one node is enough.",
            id="active_users.W003",
        )
