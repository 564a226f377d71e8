"""The pieces about who is on the site."""

from __future__ import annotations

from typing import Any, Self, get_args

from active_users.api.people import Order
from active_users.paging import parse_limit
from active_users.rendering.pieces import Moment, Piece
from active_users.settings import active_users_settings


class Count(Piece):
    """The number of users. A template of the site's own may show that of ``guests`` too."""

    name = "count"
    template = "active_users/live_count.html"

    def read(self, moment: Moment) -> dict[str, Any]:
        return {**super().read(moment), "guests": moment.seen.counts.guests}


class CountAndList(Piece):
    """The number and the people. The options are the limit, and the order unless it is by arrival: ``10-recent``."""

    name = "live"
    template = "active_users/live_content.html"
    frame = "active_users/live.html"

    @classmethod
    def parse(cls, options: str) -> Self:
        limit, _, order = options.partition("-")
        return cls.of(parse_limit(limit), order or "arrival")

    @classmethod
    def of(cls, limit: int, order: str) -> Self:
        """Raises ``ValueError`` if there is no such order."""
        if order not in get_args(Order):
            raise ValueError(f"order should be 'arrival' or 'recent', not {order[:40]!r}.")
        return cls(str(limit) if order == "arrival" else f"{limit}-{order}")

    @property
    def css_class(self) -> str:
        return f"active-users-live-{self.options}"

    @property
    def limit(self) -> int:
        return int(self.options.partition("-")[0])

    @property
    def order(self) -> Order:
        return "recent" if self.options.endswith("-recent") else "arrival"

    def read(self, moment: Moment) -> dict[str, Any]:
        return {**super().read(moment), "counts_guests": active_users_settings.TRACK_GUESTS}
