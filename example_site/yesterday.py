"""A day that never was, so that the chart has something to show."""

from __future__ import annotations

from datetime import timedelta
from math import exp, pi, sin
from random import SystemRandom

from django.utils import timezone

from active_users.store.current import get_store

_random = SystemRandom()

MOST_MEMBERS = 8
MOST_GUESTS = 19


def make_up_yesterday() -> None:
    """Let there have been few people in the morning, most in the evening, and nobody at night."""
    now = timezone.localtime()
    shard = get_store().shard(0)
    for minutes in range(24 * 60, 1, -1):
        at = now - timedelta(minutes=minutes)
        hour = at.hour + at.minute / 60
        day, evening = max(sin((hour - 5) / 19 * pi), 0), exp(-(((hour - 20) / 2) ** 2))
        users, guests = (
            round((0.5 * day + 0.5 * evening) * most * _random.uniform(0.75, 1)) for most in (MOST_MEMBERS, MOST_GUESTS)
        )
        if users + guests:
            shard.remember(users, guests, at=int(at.timestamp() * 1000))
