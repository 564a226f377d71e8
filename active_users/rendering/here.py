"""The readers of a page, as its template gets them."""

from __future__ import annotations

from functools import cached_property
from hashlib import blake2b
from typing import Any, Self

from django.http import HttpRequest
from django.utils.safestring import SafeString

from active_users.exceptions import ActiveUsersUnavailable
from active_users.paging import PAGE
from active_users.rendering.count import UNKNOWN
from active_users.rendering.live import render_piece
from active_users.rendering.people import People, list_people
from active_users.rendering.pieces import Moment, Piece
from active_users.signatures import read_place, sign_place
from active_users.store.answers import Counts
from active_users.visits.counting import counts_in


class Readers(Piece):
    """How many people are in a place. The options are the place, signed."""

    name = "here"
    template = "active_users/here.html"

    @classmethod
    def parse(cls, options: str) -> Self:
        read_place(options)
        return cls(options)

    @property
    def css_class(self) -> str:
        digest = blake2b(self.options.encode(), digest_size=6).hexdigest()
        return f"active-users-live-here active-users-live-here-{digest}"

    @property
    def place(self) -> str:
        return read_place(self.options)

    def read(self, moment: Moment) -> dict[str, Any]:
        found = moment.seen.places.get(self.place)
        return {"is_known": found is not None, "total": 0 if found is None else found.users + found.guests}


class Here:
    """
    Who is in a place. Printed, it is a live piece, and its reader is in that place.

    Each number is ``UNKNOWN`` while Redis does not answer.
    """

    def __init__(self, place: str, request: HttpRequest | None, *, csp_nonce: Any) -> None:
        self.place = place
        self._request = request
        self._csp_nonce = csp_nonce

    @property
    def count(self) -> int:
        """Users and guests."""
        return self.users + self.guests

    @property
    def users(self) -> int:
        return self._counts.users

    @property
    def guests(self) -> int:
        return self._counts.guests

    @cached_property
    def people(self) -> People:
        """The users whom the visitor may see, the most recently seen first, at most a thousand."""
        return list_people(self._request, limit=PAGE, place=self.place)

    @cached_property
    def _counts(self) -> Counts:
        try:
            return counts_in([self.place])[1]
        except ActiveUsersUnavailable:
            return Counts(UNKNOWN, UNKNOWN)

    def __html__(self) -> SafeString:
        try:
            piece = Readers(sign_place(self.place))
        except ActiveUsersUnavailable:  # it is unknown whose place this is
            return SafeString("")
        return render_piece(self._request, piece, csp_nonce=self._csp_nonce)

    __str__ = __html__
