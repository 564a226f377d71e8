"""``{% load active_users %}``"""

from __future__ import annotations

from django.http import HttpRequest
from django.template import Context, Library
from django.utils.safestring import SafeString

from active_users.rendering.count import visible_count
from active_users.rendering.live import render_live
from active_users.rendering.people import People, list_people

register = Library()


@register.simple_tag(takes_context=True)
def active_users_count(context: Context) -> int:
    """
    How many people are active, or nothing while Redis does not answer.

    ``{% active_users_count %}`` or ``{% active_users_count as n %}``
    """
    return visible_count(_request_of(context))


@register.simple_tag(takes_context=True)
def active_users_list(context: Context, limit: int = 100, offset: int = 0) -> People:
    """
    At most 1000 of the active people whom the visitor may see, the most recently seen first.

    ``{% active_users_list limit=10 %}`` or ``{% active_users_list limit=10 as people %}``
    """
    return list_people(_request_of(context), limit=limit, offset=offset)


@register.simple_tag(takes_context=True)
def active_users_live(context: Context, limit: int = 10) -> SafeString:
    """
    The count and the list, refreshing themselves every ``ACTIVE_USERS_REFRESH_SECONDS``.

    ``{% active_users_live limit=10 %}``, with at most 1000. Put django-htmx's ``{% htmx_script %}`` in the page's head.
    """
    return render_live(_request_of(context), limit=limit, csp_nonce=context.get("csp_nonce"))


def _request_of(context: Context) -> HttpRequest | None:
    return context.get("request")
