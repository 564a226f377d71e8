"""Add ``"active_users.context_processors.active_users"`` to a template engine's ``context_processors``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest

from active_users.rendering.count import visible_count

__all__ = ["active_users"]


def active_users(request: HttpRequest) -> dict[str, Callable[[], int]]:
    """
    ``{{ active_users_count }}``: how many people are active, or nothing while that is unknown.

    The value is a callable, so that pages that don't use it don't ask Redis.
    """
    return {"active_users_count": partial(visible_count, request)}
