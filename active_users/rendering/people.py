"""The list of people as a page shows it."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from active_users import access
from active_users.api import ActiveUser
from active_users.api.people import Order
from active_users.exceptions import ActiveUsersUnavailable
from active_users.rendering.count import UNKNOWN
from active_users.visits.counting import settle_users


class People(list[ActiveUser]):
    """
    The people whom a requester may see. Loop over it, or print it to render ``active_users/list.html``.

    ``total`` is how many people are active in all, or ``UNKNOWN`` while Redis does not answer.
    """

    def __init__(
        self, people: Iterable[ActiveUser], *, total: int, request: HttpRequest | None, limit: int, offset: int = 0
    ) -> None:
        super().__init__(people)
        self.total = total
        self.request = request
        self._limit = limit
        self._offset = offset

    @property
    def is_known(self) -> bool:
        """Whether ``total`` is a number."""
        return self.total is not UNKNOWN

    @property
    def more(self) -> int:
        """How many come after these: 0 unless the list was cut at its limit. The number may be older than the list."""
        return max(self.total - self._offset - len(self), 0) if 0 < self._limit == len(self) else 0

    def __html__(self) -> SafeString:
        return render_to_string("active_users/list.html", {"people": self}, request=self.request)

    __str__ = __html__

    def __repr__(self) -> str:
        return f"<{self.total!r} people: {super().__repr__()}>"


def list_people(
    request: HttpRequest | None, *, limit: int, offset: int = 0, place: str | None = None, order: Order = "recent"
) -> People:
    """The people, or those in ``place``, whom the requester may see. Empty while Redis does not answer."""
    try:
        found = access.list_visible(request, limit=limit, offset=offset, place=place, order=order)
        total = found.count if place is not None else settle_users(request, found.count)
    except ActiveUsersUnavailable:
        return People([], total=UNKNOWN, request=request, limit=limit)
    return People(found.users, total=total, request=request, limit=limit, offset=offset)
