"""The line at the foot of a forum: how many are online, and how many ever were."""

from __future__ import annotations

from math import ceil
from typing import Any

from active_users.rendering.count import UNKNOWN
from active_users.rendering.pieces import Moment, Piece
from active_users.settings import active_users_settings


class Summary(Piece):
    """How many users and guests were seen within the window, and the record."""

    name = "summary"
    template = "active_users/summary.html"
    needs_record = True

    @property
    def css_class(self) -> str:
        return "active-users-summary active-users-live-summary"

    def read(self, moment: Moment) -> dict[str, Any]:
        """
        The numbers, the window as whole ``minutes`` or else as ``seconds``, and the record.

        A record that is lower than the present number is not remembered yet: then ``is_highest_now``.
        """
        seen = moment.seen
        users, guests = seen.counts
        minutes, seconds = divmod(ceil(active_users_settings.KEY_EXPIRE), 60)
        return {
            "is_known": users is not UNKNOWN,
            "users": users,
            "guests": guests,
            "total": seen.total,
            "minutes": 0 if seconds else minutes,
            "seconds": minutes * 60 + seconds,
            "record": seen.record,
            "is_highest_now": seen.is_highest_now,
        }
