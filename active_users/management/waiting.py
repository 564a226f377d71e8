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
    lost_at: Callable[[], float],
    window: float,
    max_active: int,
    timeout: float,
    patience: float,
    tell: Callable[[int | None, float], None],
) -> int:
    """
    Wait until at most ``max_active`` people are active. Return how many are: more, if ``timeout`` seconds have passed.

    Raises ``ActiveUsersUnavailable`` if the number has been unknown for ``patience`` seconds, or is at the end.
    After an outage nobody may have been noted, and a Redis that was restarted may be empty: ``lost_at`` says when its
    link was lost. So a low number is believed ``window`` seconds later. ``tell`` is called between two looks with the
    number or ``None``, and the seconds that are left.
    """
    known_at = believed_from = time.monotonic()
    end = known_at + timeout
    while True:
        active = None
        try:
            active = count()
            known_at = time.monotonic()
        except ActiveUsersUnavailable:
            believed_from = time.monotonic() + window
            if time.monotonic() >= min(known_at + patience, end):
                raise
        left = max(end - time.monotonic(), 0)
        believed_from = max(believed_from, lost_at() + window)
        if active is not None and active <= max_active and time.monotonic() >= believed_from:
            return active
        if active is not None and not left:
            if active <= max_active:
                raise ActiveUsersUnavailable("Redis has failed less than a window ago")
            return active
        tell(active, left)
        time.sleep(min(PAUSE, left))
