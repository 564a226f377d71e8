"""``{% load active_users %}``"""

from __future__ import annotations

import logging
from typing import Any

from django.http import HttpRequest
from django.template import Context, Library
from django.utils.safestring import SafeString

from active_users.logs import log_once
from active_users.paging import number_in_tag, parse_limit, parse_offset
from active_users.places import name_place
from active_users.rendering.among import Among, find_among
from active_users.rendering.chart import parse_hours, render_chart
from active_users.rendering.count import visible_count, visible_guests_count
from active_users.rendering.count_and_list import Count, CountAndList
from active_users.rendering.here import Here
from active_users.rendering.live import render_pause, render_piece
from active_users.rendering.people import People, list_people
from active_users.rendering.pieces import Heartbeat, Piece
from active_users.rendering.summary import Summary

register = Library()


@register.simple_tag(takes_context=True)
def active_users_count(context: Context) -> int:
    """
    How many people are active, or nothing while Redis does not answer.

    ``{% active_users_count %}`` or ``{% active_users_count as n %}``
    """
    return visible_count(_request_of(context))


@register.simple_tag(takes_context=True)
def active_guests_count(context: Context) -> int:
    """
    How many guests are active, or nothing while Redis does not answer. 0 unless ``ACTIVE_USERS_TRACK_GUESTS`` is on.

    ``{% active_guests_count %}`` or ``{% active_guests_count as n %}``
    """
    return visible_guests_count(_request_of(context))


@register.simple_tag(takes_context=True)
def active_users_list(context: Context, limit: int = 100, offset: int = 0) -> People:
    """
    The active people whom the visitor may see, the most recently seen first. ``limit`` is at most 1000.

    ``{% active_users_list limit=10 %}`` or ``{% active_users_list limit=10 as people %}``
    """
    limit = number_in_tag("active_users_list", parse_limit, limit, default=100)
    offset = number_in_tag("active_users_list", parse_offset, offset, default=0)
    return list_people(_request_of(context), limit=limit, offset=offset)


@register.simple_tag(takes_context=True)
def active_users_among(context: Context, items: Any, of: str = "") -> Among:
    """
    Who of the authors of a page is active, for a dot beside each, in one round trip for all.

    ``{% active_users_among posts of="author" as online %}`` … ``{% if post.author_id in online %}●{% endif %}``.
    Without ``of`` the items are users or primary keys. It is empty for visitors who may not see who is active, and
    while Redis does not answer: then ``online.is_known`` is false.
    """
    return find_among(_request_of(context), items, of=of)


@register.simple_tag(takes_context=True)
def active_users_live(context: Context, limit: int = 10, order: str = "arrival") -> SafeString:
    """
    The count and the list, refreshing themselves every ``ACTIVE_USERS_REFRESH_SECONDS``.

    ``{% active_users_live limit=10 %}``, with at most 1000. Those who came first are first and stay there;
    ``order="recent"`` begins with who clicked last. Put django-htmx's ``{% htmx_script %}`` in the page's head.
    """
    limit = number_in_tag("active_users_live", parse_limit, limit, default=10)
    try:
        piece = CountAndList.of(limit, str(order))
    except ValueError as error:
        log_once(logging.ERROR, "{%% active_users_live %%}: %s 'arrival' is used instead.", str(error))
        piece = CountAndList.of(limit, "arrival")
    return _render(context, piece)


@register.simple_tag(takes_context=True)
def active_users_live_count(context: Context) -> SafeString:
    """The count in a ``<span>``, refreshing itself. ``{% active_users_live_count %} online``"""
    return _render(context, Count())


@register.simple_tag(takes_context=True)
def active_users_summary(context: Context) -> SafeString:
    """
    How many members and guests were seen within the window, and the record with its date, refreshing itself.

    ``{% active_users_summary %}`` says "28 people online: 5 members and 23 guests, in the last 5 minutes. Most ever
    online: 214, on 3 November 2026 at 20:14."
    """
    return _render(context, Summary())


@register.simple_tag(takes_context=True)
def active_users_chart(context: Context, hours: int = 24) -> SafeString:
    """
    How many were active in the last ``hours``, from 1 to 168, as a chart and a table. It does not refresh itself.

    ``{% active_users_chart %}`` or ``{% active_users_chart hours=168 %}``
    """
    hours = number_in_tag("active_users_chart", parse_hours, hours, default=24)
    return render_chart(_request_of(context), hours=hours)


@register.simple_tag(takes_context=True)
def active_users_here(context: Context, subject: Any = None) -> Here | str:
    """
    How many people read this page, refreshing itself. Its reader is one of them while their page is in view.

    ``{% active_users_here %}``, ``{% active_users_here article %}`` or ``{% active_users_here "room 7" as here %}``,
    which has ``count``, ``users``, ``guests`` and ``people``. Pages about the same subject have the same readers;
    without one, that is the page's path.
    """
    request = _request_of(context)
    try:
        place = name_place(subject, request)
    except ValueError as error:
        log_once(logging.ERROR, "{%% active_users_here %%}: %s Nothing is shown.", str(error))
        return ""
    return Here(place, request, csp_nonce=context.get("csp_nonce"))


@register.simple_tag(takes_context=True)
def active_users_heartbeat(context: Context) -> SafeString:
    """Shows nothing, but keeps its reader active as the live tags do. ``{% active_users_heartbeat %}``"""
    return _render(context, Heartbeat())


@register.simple_tag(takes_context=True)
def active_users_pause(context: Context) -> SafeString:
    """The button that pauses the live tags of its page, in another place. ``{% active_users_pause %}``"""
    return render_pause(_request_of(context))


def _render(context: Context, piece: Piece) -> SafeString:
    return render_piece(_request_of(context), piece, csp_nonce=context.get("csp_nonce"))


def _request_of(context: Context) -> HttpRequest | None:
    return getattr(context, "request", None)
