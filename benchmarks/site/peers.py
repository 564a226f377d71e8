"""What only the peer's package is asked to do."""

from __future__ import annotations

import time

from django_redis import get_redis_connection

from active_users import api
from active_users.settings import active_users_settings
from benchmarks.site.people import Person

BATCH = 500


def seed(count: int) -> None:
    """Set the keys of so many people, as the middleware does."""
    connection = get_redis_connection().connection_pool.get_connection()
    seconds = active_users_settings.KEY_EXPIRE
    for first in range(0, count, BATCH):
        keys = keys_of(list(range(first, min(first + BATCH, count))))
        connection.send_packed_command(connection.pack_commands([("SETEX", key, seconds, 0) for key in keys]))
        for _ in keys:
            connection.read_response()
    connection.disconnect()


def keys_of(numbers: list[int]) -> list[str]:
    """What these people's keys are."""
    return [Person(number).entry().dump() for number in numbers]


def time_setex(numbers: list[int]) -> float:
    """The mean time of a ``SETEX`` of such a key, through the client that the middleware uses."""
    client, keys = get_redis_connection(), keys_of(numbers)
    start = time.perf_counter()
    for key in keys:
        client.setex(name=key, value=0, time=active_users_settings.KEY_EXPIRE)
    return (time.perf_counter() - start) / len(keys)


def load_counts(seconds: float) -> dict[str, int]:
    """Counts for so many seconds."""
    counts = 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        api.get_active_users_count()
        counts += 1
    return {"counts": counts}
