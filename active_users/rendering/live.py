"""The live pieces as a page shows them first, and the element of the page that polls for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.urls import NoReverseMatch, URLResolver, get_resolver, get_urlconf, reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from active_users.access import list_places
from active_users.api import get_record
from active_users.exceptions import ActiveUsersUnavailable
from active_users.permission import holds_permission
from active_users.rendering.count import UNKNOWN, visible_guests_count
from active_users.rendering.people import list_people
from active_users.rendering.pieces import Content, Moment, Piece, Seen, render
from active_users.settings import active_users_settings
from active_users.store.answers import Counts
from active_users.visits.counting import counts_in
from active_users.visits.noting import is_activity

NAMESPACE = "active_users"


def render_piece(request: HttpRequest | None, piece: Piece, *, csp_nonce: Any) -> SafeString:
    """
    A piece, and an element that polls. Of these the script uses the first of a page, so there is one poll for all.

    Raises ``ImproperlyConfigured`` if there is no URL to poll.
    """
    context = {
        "content": Content(piece, Moment(request, partial(_see, request, piece))),
        "css_class": piece.css_class,
        "limit": piece.options,
        "url": f"{find_live_url(request)}?language={get_language() or ''}",
        "refresh_seconds": str(active_users_settings.REFRESH_SECONDS),  # as text, which no language writes with a comma
        "has_heartbeat": active_users_settings.LIVE_HEARTBEAT and request is not None and is_activity(request),
        # A guest counts, and somebody is in a place, as soon as their page has been open for a second.
        "first_seconds": "1" if active_users_settings.TRACK_GUESTS or piece.place else "",
        "csp_nonce": csp_nonce,
    }
    context["poll"] = render("active_users/live_poll.html", context, request)
    return render(piece.frame, context, request)


def render_still(request: HttpRequest | None, piece: Piece) -> SafeString:
    """A piece that does not refresh itself."""
    content = Content(piece, Moment(request, partial(_see, request, piece)))
    return render(piece.frame, {"content": content, "css_class": piece.css_class}, request)


def _see(request: HttpRequest | None, piece: Piece) -> Seen:
    people, place = list_people(request, limit=piece.limit, order=piece.order), piece.place
    counts = Counts(people.total, visible_guests_count(request))
    with suppress(ActiveUsersUnavailable):
        places = {} if place is None else {place: counts_in([place])[1]}
        record = get_record() if piece.needs_record else None
        may_see = piece.takes_permission and request is not None and holds_permission(request)
        return Seen(counts, {piece.order: people}, places, record, list_places() if may_see else None)
    return Seen(Counts(UNKNOWN, UNKNOWN))


def render_pause(request: HttpRequest | None) -> SafeString:
    """The button that pauses all pieces of its page. It shows as soon as there is a piece."""
    return render("active_users/live_pause.html", {}, request)


def find_live_url(request: HttpRequest | None) -> str:
    """The URL to poll, wherever the site includes ``active_users.urls``."""
    urlconf = getattr(request, "urlconf", None) or get_urlconf()
    for namespace in _find_namespaces(get_resolver(urlconf)):
        try:
            return reverse(f"{namespace}:live", urlconf=urlconf)
        except NoReverseMatch:  # below a path with a parameter
            pass
    raise ImproperlyConfigured(
        'The live tags need a URL to poll: add path("", include("active_users.urls")) to your URLconf.'
    )


def _find_namespaces(resolver: URLResolver) -> Iterator[str]:
    """The namespaces in which our URLs are, with those around them."""
    yield from resolver.app_dict.get(NAMESPACE, ())
    for namespace, (_, nested) in resolver.namespace_dict.items():
        for ours in _find_namespaces(nested):
            yield f"{namespace}:{ours}"
