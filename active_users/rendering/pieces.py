"""
The pieces of a page that refresh themselves.

To add one, write a template and a subclass of ``Piece`` that names it, add the subclass to ``PIECES`` in ``poll.py``,
and write a tag that calls ``rendering.live.render_piece()``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Any, ClassVar, Final, Self

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language

from active_users.api import ActivePlace, ActiveUser
from active_users.api import Moment as PastMoment
from active_users.api.people import Order
from active_users.rendering.people import People
from active_users.store.answers import Counts

FIELD: Final = '{}<input type="hidden" class="active-users-shown" name="shown" value="{}">'


@dataclass(frozen=True)
class Seen:
    """
    Who and how many are active, on the site and in some places, as all see it who may see the same.

    The numbers of the site are ``UNKNOWN`` while Redis does not answer. ``record`` is read only if a piece needs it.
    ``busiest`` are the places with most people, or ``None`` for viewers without the permission, and if no piece takes
    it. ``digests`` are those of what pieces show.
    """

    counts: Counts
    users: dict[Order, list[ActiveUser]] = field(default_factory=dict)
    places: dict[str, Counts] = field(default_factory=dict)
    record: PastMoment | None = None
    busiest: list[ActivePlace] | None = None
    digests: dict[tuple[Piece, str | None, str], str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Users and guests."""
        return self.counts.users + self.counts.guests

    @property
    def is_highest_now(self) -> bool:
        """
        Whether there are more than the record says, which then has not been written down yet.

        For example because the window has been made longer.
        """
        return self.record is not None and self.record.total < self.total


class Moment:
    """What a viewer may see, all of one moment: read by ``find()`` when the first piece asks."""

    def __init__(self, request: HttpRequest | None, find: Callable[[], Seen]) -> None:
        self.request = request
        self.locale: Final = get_language(), get_current_timezone_name()
        self._find = find

    @cached_property
    def seen(self) -> Seen:
        return self._find()

    def list_people(self, limit: int, order: Order = "recent") -> People:
        users = self.seen.users.get(order, [])[:limit]
        return People(users, total=self.seen.counts.users, request=self.request, limit=limit)


@dataclass(frozen=True)
class Piece:
    """
    A part of a page that refreshes itself: ``template`` makes its content, and ``frame`` what is around that.

    ``options`` is what tells two pieces of one ``name`` apart. It travels with each poll.
    """

    options: str = ""

    name: ClassVar[str]
    template: ClassVar[str]
    frame: ClassVar[str] = "active_users/piece.html"
    needs_record: ClassVar[bool] = False
    takes_permission: ClassVar[bool] = False  # also where somebody names the piece in a poll

    @classmethod
    def parse(cls, options: str) -> Self:
        """The piece with these options, which anybody may have written. Raises ``ValueError``."""
        if options:
            raise ValueError(f"{cls.name} should have no options, not {options[:40]!r}.")
        return cls()

    @property
    def css_class(self) -> str:
        """The class of the element that holds the content."""
        return f"active-users-live-{self.name}"

    @property
    def limit(self) -> int:
        """How many people it lists."""
        return 0

    @property
    def order(self) -> Order:
        """In which order it lists them."""
        return "arrival"

    @property
    def place(self) -> str | None:
        """The place that it is about. The page's reader is there."""
        return None

    def read(self, moment: Moment) -> dict[str, Any]:
        """What the template gets."""
        return {"people": moment.list_people(self.limit, self.order)}

    def digest(self, moment: Moment) -> str:
        """The same text as long as ``repr()`` of what the template gets is the same: then nothing has changed."""
        key, digests = (self, *moment.locale), moment.seen.digests
        if key not in digests:
            facts = repr((moment.locale, self.read(moment)))
            digests[key] = blake2b(facts.encode(), digest_size=9).hexdigest()
        return digests[key]


class Heartbeat(Piece):
    """Nothing: it only makes a page poll."""

    name = "heartbeat"
    template = "active_users/live_heartbeat.html"

    def read(self, moment: Moment) -> dict[str, Any]:
        return {}

    def digest(self, moment: Moment) -> str:
        return ""


class Content:
    """What a piece shows. The next poll sends ``shown``, and gets nothing if that is still the same."""

    def __init__(self, piece: Piece, moment: Moment) -> None:
        self.piece = piece
        self._moment = moment
        self.shown = f"{piece.name}:{piece.options}:{piece.digest(moment)}"

    def __html__(self) -> SafeString:
        html = render(self.piece.template, self.piece.read(self._moment), self._moment.request)
        return format_html(FIELD, html, self.shown)

    __str__ = __html__

    @property
    def update(self) -> SafeString:
        """A part of the answer to a poll. It says itself where it belongs, so that no other answer gets there."""
        return format_html('<div hx-swap-oob="innerHTML:.{}">{}</div>', self.piece.css_class.split()[-1], self)


def render(template: str, context: dict[str, Any], request: HttpRequest | None) -> SafeString:
    """Without the space around it, which would show beside a number in a line of text."""
    return SafeString(render_to_string(template, context, request=request).strip())
