"""What is known about a request."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from active_users.connections.base import Reply


@dataclass(slots=True)
class Visit:
    """
    What is known about a request.

    ``is_settled`` says that its person was noted, or that nobody is to be noted for it. ``note`` is the answer to the
    note, the number of active users; ``count`` is that number once it has been read.
    """

    is_settled: bool = False
    note: Reply[int] | None = None
    count: int | None = None


def begin_visit(request: HttpRequest) -> Visit:
    visit = Visit()
    request.active_users_visit = visit  # type: ignore[attr-defined]
    return visit


def get_visit(request: HttpRequest) -> Visit | None:
    """The visit of ``request``, or ``None`` if no view was reached yet or the middleware is not installed."""
    return getattr(request, "active_users_visit", None)
