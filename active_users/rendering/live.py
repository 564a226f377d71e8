"""What the live snippet shows: the current count and list."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from active_users.rendering.count import UNKNOWN
from active_users.rendering.people import list_people


@dataclass(frozen=True)
class LiveContent:
    """What the live snippet shows, and its digest. The next poll sends the digest, and gets 204 if nothing changed."""

    html: SafeString
    digest: str

    def __html__(self) -> SafeString:
        return format_html('{}<input type="hidden" name="shown" value="{}">', self.html, self.digest)

    __str__ = __html__


def render_live_content(request: HttpRequest | None, *, limit: int) -> LiveContent:
    """The current count and list."""
    people = list_people(request, limit=limit)
    context: dict[str, Any] = {"people": people, "is_known": people.total is not UNKNOWN}
    html = render_to_string("active_users/live_content.html", context, request=request)
    return LiveContent(html, blake2b(html.encode(), digest_size=9).hexdigest())
