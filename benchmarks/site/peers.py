"""Calls for the site with the peer's package."""

from __future__ import annotations

import time
from collections.abc import Iterable

from django.conf import settings
from django_redis import get_redis_connection

from active_users import api
from active_users.settings import active_users_settings
from benchmarks.plain_redis import plain_connection
from benchmarks.site.people import Person
from benchmarks.site.timing import paced, time_call

BATCH = 500


def seed(count: int) -> None:
    """Set the keys of this many people, as the middleware does."""
    client, seconds = get_redis_connection(), active_users_settings.KEY_EXPIRE
    for first in range(0, count, BATCH):
        pipeline = client.pipeline(transaction=False)
        for key in _keys_of(range(first, min(first + BATCH, count))):
            pipeline.setex(key, seconds, 0)
        pipeline.execute()


def setex_and_wait(numbers: list[int], period: float) -> None:
    """``SETEX`` these people's keys one by one, at a steady pace, and wait for each answer."""
    seconds = active_users_settings.KEY_EXPIRE
    with plain_connection(settings.CACHES["default"]["LOCATION"]) as call:
        for key in paced(_keys_of(numbers), period):
            call("SETEX", key, seconds, 0)


def time_count() -> float:
    return time_call(api.get_active_users_count)


def time_whole_list() -> float:
    return time_call(api.get_active_users)


def load_counts(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        api.get_active_users_count()


def _keys_of(numbers: Iterable[int]) -> list[str]:
    return [Person(number).entry().dump() for number in numbers]
