"""Add ``"active_users.context_processors.active_users"`` to a template engine's ``context_processors``."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from active_users.rendering.count import UNKNOWN, LazyCount, visible_count

__all__ = ["active_users"]


def active_users(request: HttpRequest) -> dict[str, Any]:
    """
    ``{{ active_users_count }}``: how many people are active, or nothing while that is unknown.

    ``{% if active_users_known %}``: whether it is known, which tells 0 from unknown. Pages that use neither don't ask
    Redis.
    """
    count = LazyCount(partial(visible_count, request))
    return {"active_users_count": count, "active_users_known": SimpleLazyObject(lambda: count() is not UNKNOWN)}
