"""What a person sees: the list and the live snippet, as HTML."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from active_users import access
from active_users.exceptions import ActiveUsersUnavailable
from active_users.unknown import UNKNOWN


class People(list[dict[str, str]]):
    """
    The people whom a requester may see, to loop over; printed, it is ``active_users/list.html``.

    ``total`` is how many are active in all, at the same moment; ``UNKNOWN`` when the store cannot answer.
    """

    def __init__(self, people: list[dict[str, str]], *, total: int, request: HttpRequest | None) -> None:
        super().__init__(people)
        self.total = total
        self.request = request

    def __html__(self) -> SafeString:
        return render_to_string("active_users/list.html", {"people": self}, request=self.request)

    __str__ = __html__


@dataclass(frozen=True)
class LiveContent:
    """What the live snippet shows, and a digest of it, by which the next poll tells what is shown."""

    html: SafeString
    digest: str

    def __html__(self) -> SafeString:
        return format_html('{}<input type="hidden" name="shown" value="{}">', self.html, self.digest)

    __str__ = __html__


def list_people(request: HttpRequest | None, *, limit: int, offset: int = 0) -> People:
    """The people whom the requester may see; nobody when the store cannot answer."""
    try:
        found = access.list_visible(request, limit=limit, offset=offset)
    except ActiveUsersUnavailable:
        return People([], total=UNKNOWN, request=request)
    return People(found.users, total=found.count, request=request)


def render_live_content(request: HttpRequest | None, *, limit: int) -> LiveContent:
    """The count and the list, as of now."""
    people = list_people(request, limit=limit)
    context: dict[str, Any] = {"people": people, "is_known": people.total is not UNKNOWN}
    html = render_to_string("active_users/live_content.html", context, request=request)
    return LiveContent(html, blake2b(html.encode(), digest_size=9).hexdigest())
