"""The list of people as a page shows it."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from active_users import access
from active_users.exceptions import ActiveUsersUnavailable
from active_users.rendering.count import UNKNOWN


class People(list[dict[str, str]]):
    """
    The people whom a requester may see. Loop over it, or print it to render ``active_users/list.html``.

    ``total`` is how many people are active in all, or ``UNKNOWN`` while Redis does not answer.
    """

    def __init__(self, people: list[dict[str, str]], *, total: int, request: HttpRequest | None) -> None:
        super().__init__(people)
        self.total = total
        self.request = request

    def __html__(self) -> SafeString:
        return render_to_string("active_users/list.html", {"people": self}, request=self.request)

    __str__ = __html__

    def __repr__(self) -> str:
        return f"<{self.total!r} people: {super().__repr__()}>"


def list_people(request: HttpRequest | None, *, limit: int, offset: int = 0, place: str | None = None) -> People:
    """The people, or those in ``place``, whom the requester may see. Empty while Redis does not answer."""
    try:
        found = access.list_visible(request, limit=limit, offset=offset, place=place)
    except ActiveUsersUnavailable:
        return People([], total=UNKNOWN, request=request)
    return People(found.users, total=found.count, request=request)
