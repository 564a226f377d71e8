"""Checks of the cache alias, and of the number of shards if it is a cluster. None of them connects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import redis
from django.core import checks
from django.core.checks import CheckMessage, Error

from active_users.checks.key_function import check_key_function
from active_users.connections.base import NotRedis, describe
from active_users.connections.cache_alias import check_address, is_cluster
from active_users.connections.location import BadLocation
from active_users.settings import active_users_settings

BACKENDS: Final = "django_redis.cache.RedisCache or django.core.cache.backends.redis.RedisCache"
LOCATION_HINT: Final = (
    'Set it to a URL such as "redis://localhost:6379", "rediss://…" with TLS, or "unix:///path/to/socket". '
    'In a password, write "@", "/", ":" and the like as "%40", "%2F" and "%3A".'
)


def check_redis() -> Iterator[CheckMessage]:
    of_key_function = list(check_key_function())
    yield from of_key_function
    if not any(message.is_serious() for message in of_key_function):  # otherwise there is no such cache
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
            f"BACKEND {BACKENDS} in CACHES, or name another alias.",
            id="active_users.W006",
        )
    except BadLocation as error:
        yield Error(f"{error}.", hint=LOCATION_HINT, id="active_users.E013")
    except Exception as error:  # whatever a mistake in CACHES may raise
        text = str(error) if isinstance(error, redis.ConnectionError) else describe(error)
        if alias in active_users_settings.CACHES:
            wanted = f"The cache {alias!r} in CACHES should lead to one Redis"
        else:
            wanted = f"ACTIVE_USERS_CACHE_ALIAS should name a cache in Redis, not {alias!r}"
        yield Error(
            f"{wanted}: {text}.",
            hint=f"Correct that alias in CACHES, or name another. Its BACKEND should be {BACKENDS}, and its LOCATION a "
            "URL such as redis://localhost:6379.",
            id="active_users.E013",
        )
