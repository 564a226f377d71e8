"""What we know about a request, kept on the request itself."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from active_users.connections.base import Reply


@dataclass(slots=True)
class Visit:
    """
    What we know about a request.

    ``is_settled`` says that its person was noted, or that nobody should be. ``note`` is the reply to that note, which
    holds the number of active users. ``count`` is that number, or the unknown one, once a page has read it.
    """

    is_settled: bool = False
    note: Reply[int] | None = None
    count: int | None = None


def begin_visit(request: HttpRequest) -> Visit:
    visit = Visit()
    request.active_users_visit = visit  # type: ignore[attr-defined]
    return visit


def get_visit(request: HttpRequest) -> Visit | None:
    """The visit of ``request``, or ``None`` before our ``process_view()`` has run, or if it never does."""
    return getattr(request, "active_users_visit", None)
