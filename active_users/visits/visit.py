"""What we know about a request, kept on the request itself."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from django.http import HttpRequest

from active_users.connections.base import Reply
from active_users.settings import OnEveryRequest, active_users_settings
from active_users.store.answers import Answer, Counts

# Method, route, and whether the visitor is somebody whom we note.
Page = tuple[str | None, str, bool]
# Why the person of a request was noted, or was not. The debug toolbar's panel says what each means.
Reason = Literal[
    "noted",
    "a moment ago",
    "still counts",
    "exempt view",
    "excluded path",
    "no session",
    "unread",
    "nobody",
    "hidden",
    "forgotten",
    "paused",
    "failed",
]


class Asked(NamedTuple):
    """The answer to how many people of a tenant are active, users and guests."""

    tenant: str
    answer: Answer[Counts]


class Known(NamedTuple):
    """A person as ``store.note()`` takes them. The identity is ``""`` for somebody who is not to be noted as a user."""

    identity: str
    payload: str


class Opened(NamedTuple):
    """A place that a page has shown its reader, who ``opens`` it now, or has had it open before."""

    place: str
    opens: bool


# Seconds between Django's signal of a logout and the end of its session, which another tab's poll may still load.
LOGOUT_TAKES: Final = 2

NOBODY: Final = Known("", "")
HIDDEN: Final = Known("", "hidden")


@dataclass(slots=True)
class Visit:
    """
    What we know about a request.

    ``began`` is when, by the monotonic clock, and ``settings`` are those of that moment. ``is_excluded`` says that it
    is no activity. ``is_settled`` says that its person was noted, or that nobody should be. ``is_due`` says that they
    still count, and are to be noted after the response. ``is_over`` says that it may be noted late, so that its person
    may have logged out since it began. ``known`` is that person, if somebody looked. ``reads`` is the place that they
    read. ``asked`` holds how many people are active, if that has been asked, and ``noted`` is the answer to a note.
    ``page`` is what the request is for, and ``has_printed`` says that the number was printed on it. ``reason`` is why
    its person was noted or not, and ``identity`` who that is, as far as anybody has looked.
    """

    began: float
    settings: OnEveryRequest
    is_excluded: bool = False
    is_settled: bool = False
    is_due: bool = False
    is_over: bool = False
    known: Known | None = None
    reads: Opened | None = None
    asked: Asked | None = None
    noted: Reply[int] | None = None
    page: Page | None = None
    has_printed: bool = False
    reason: Reason = "unread"
    identity: str = ""

    @property
    def age(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began


_current: ContextVar[Visit | None] = ContextVar("active_users_visit", default=None)


def begin_visit(request: HttpRequest) -> Visit:
    visit = Visit(time.monotonic(), active_users_settings.on_every_request())
    _current.set(visit)
    request.active_users_visit = visit  # type: ignore[attr-defined]
    return visit


def get_visit(request: HttpRequest | None) -> Visit | None:
    """The visit of ``request``, or ``None`` before our ``process_view()`` has run, or if it never does."""
    return getattr(request, "active_users_visit", None)


def outdate_count(request: HttpRequest | None = None) -> None:
    """
    Somebody was noted or forgotten during ``request``, or during the one in progress, which may have asked before that.
    """
    for visit in (get_visit(request), _current.get()):
        if visit is not None:
            visit.asked = None
