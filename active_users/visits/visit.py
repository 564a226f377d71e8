"""What is known of a request."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from active_users.connections.base import Reply


@dataclass(slots=True)
class Visit:
    """
    What is known of a request. ``is_settled``: somebody was noted for it, or nobody is to be.

    ``note`` is the answer to the note, how many users are active; ``count`` is that number once it was read.
    """

    is_settled: bool = False
    note: Reply[int] | None = None
    count: int | None = None


def begin_visit(request: HttpRequest) -> Visit:
    visit = Visit()
    request.active_users_visit = visit  # type: ignore[attr-defined]
    return visit


def get_visit(request: HttpRequest) -> Visit | None:
    """The visit that ``request`` is, or ``None`` where no view was reached yet or the middleware is not installed."""
    return getattr(request, "active_users_visit", None)
