"""Add ``"active_users.context_processors.active_users"`` to a template engine's ``context_processors``."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from active_users.rendering.count import UNKNOWN, LazyCount, visible_count, visible_guests_count

__all__ = ["active_users"]


def active_users(request: HttpRequest) -> dict[str, Any]:
    """
    ``{{ active_users_count }}``: how many people are active, or nothing while that is unknown.

    ``{{ active_guests_count }}``: how many guests, if ``ACTIVE_USERS_TRACK_GUESTS`` is on, else 0.

    ``{% if active_users_known %}``: whether these are known, which tells 0 from unknown. Pages that use none of them
    don't ask Redis.
    """
    count = LazyCount(partial(visible_count, request))
    return {
        "active_users_count": count,
        "active_guests_count": LazyCount(partial(visible_guests_count, request)),
        "active_users_known": SimpleLazyObject(lambda: count() is not UNKNOWN),
    }
