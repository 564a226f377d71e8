"""``"active_users.context_processors.active_users"``, for a template engine's ``context_processors``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest

from active_users.rendering.count import visible_count


def active_users(request: HttpRequest) -> dict[str, Callable[[], int]]:
    """
    ``{{ active_users_count }}``: how many people are active; nothing while that is unknown.

    The template engine calls what it finds, so that a page that does not print the number does not pay for it.
    """
    return {"active_users_count": partial(visible_count, request)}
