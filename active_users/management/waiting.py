"""Waits until few people are active, for a deployment."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from active_users.exceptions import ActiveUsersUnavailable

PAUSE: Final = 1.0  # seconds between two looks


def wait_until_idle(
    count: Callable[[], int],
    *,
    max_active: int,
    timeout: float,
    patience: float,
    tell: Callable[[int | None, float], None],
) -> int:
    """
    Wait until at most ``max_active`` people are active. Return how many are: more, if ``timeout`` seconds have passed.

    Raises ``ActiveUsersUnavailable`` if the number has been unknown for ``patience`` seconds, or is at the end.
    ``tell`` is called between two looks with the number or ``None``, and the seconds that are left.
    """
    known_at = time.monotonic()
    end = known_at + timeout
    while True:
        active = None
        try:
            active = count()
            known_at = time.monotonic()
        except ActiveUsersUnavailable:
            if time.monotonic() >= min(known_at + patience, end):
                raise
        left = max(end - time.monotonic(), 0)
        if active is not None and (active <= max_active or not left):
            return active
        tell(active, left)
        time.sleep(min(PAUSE, left))
