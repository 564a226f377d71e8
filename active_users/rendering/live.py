"""The live snippet: the current count and list, and the URL at which it polls for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, URLResolver, get_resolver, get_urlconf, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from active_users.rendering.count import UNKNOWN
from active_users.rendering.people import list_people
from active_users.settings import active_users_settings

NAMESPACE = "active_users"


@dataclass(frozen=True)
class LiveContent:
    """What the live snippet shows, and its digest. The next poll sends the digest, and gets 204 if nothing changed."""

    html: SafeString
    digest: str
    limit: int

    def __html__(self) -> SafeString:
        return format_html('{}<input type="hidden" name="shown" value="{}">', self.html, self.digest)

    __str__ = __html__

    @property
    def update(self) -> SafeString:
        """The answer to a poll. It says itself where it belongs, so that no other answer gets there."""
        return format_html('<div hx-swap-oob="innerHTML:.active-users-live-{}">{}</div>', self.limit, self)


def render_live(request: HttpRequest | None, *, limit: int, csp_nonce: Any) -> SafeString:
    """The live snippet. Raises ``ImproperlyConfigured`` if there is no URL to poll."""
    context = {
        "content": render_live_content(request, limit=limit),
        "limit": str(limit),  # as text, which no language writes with a comma
        "url": find_live_url(request, limit=limit),
        "refresh_seconds": str(active_users_settings.REFRESH_SECONDS),
        "csp_nonce": csp_nonce,
    }
    return render_to_string("active_users/live.html", context, request=request)


def render_live_content(request: HttpRequest | None, *, limit: int) -> LiveContent:
    """The current count and list."""
    people = list_people(request, limit=limit)
    context: dict[str, Any] = {"people": people, "is_known": people.total is not UNKNOWN}
    html = render_to_string("active_users/live_content.html", context, request=request)
    return LiveContent(html, blake2b(html.encode(), digest_size=9).hexdigest(), limit)


def find_live_url(request: HttpRequest | None, *, limit: int) -> str:
    """The URL of the partial, wherever the site includes ``active_users.urls``."""
    urlconf = getattr(request, "urlconf", None) or get_urlconf()
    for namespace in _find_namespaces(get_resolver(urlconf)):
        try:
            return reverse(f"{namespace}:live", urlconf=urlconf, query={"limit": limit})
        except NoReverseMatch:  # below a path with a parameter
            pass
    raise ImproperlyConfigured(
        '{% active_users_live %} needs a URL to poll: add path("", include("active_users.urls")) to your URLconf.'
    )


def _find_namespaces(resolver: URLResolver) -> Iterator[str]:
    """The namespaces in which our URLs are, with those around them."""
    yield from resolver.app_dict.get(NAMESPACE, ())
    for namespace, (_, nested) in resolver.namespace_dict.items():
        for ours in _find_namespaces(nested):
            yield f"{namespace}:{ours}"
