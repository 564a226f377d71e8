"""What we know about a request, kept on the request itself."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.http import HttpRequest

from active_users.connections.base import Reply


@dataclass(slots=True)
class Visit:
    """
    What we know about a request.

    ``began`` is when, by the monotonic clock. ``is_excluded`` says that it is no activity. ``is_settled`` says that its
    person was noted, or that nobody should be. ``is_over`` says that there is a response. ``note`` is the reply to that
    note, which holds the number of active users. ``count`` is that number, or the unknown one, once a page has read it.
    """

    began: float
    is_excluded: bool = False
    is_settled: bool = False
    is_over: bool = False
    note: Reply[int] | None = None
    count: int | None = None

    @property
    def age(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began


def begin_visit(request: HttpRequest) -> Visit:
    visit = Visit(began=time.monotonic())
    request.active_users_visit = visit  # type: ignore[attr-defined]
    return visit


def get_visit(request: HttpRequest | None) -> Visit | None:
    """The visit of ``request``, or ``None`` before our ``process_view()`` has run, or if it never does."""
    return getattr(request, "active_users_visit", None)
