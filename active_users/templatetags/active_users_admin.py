"""``{% load active_users_admin %}``, for the admin's own templates."""

from __future__ import annotations

import logging

from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Library
from django.utils.safestring import SafeString

from active_users.logs import log_once
from active_users.rendering.live import find_live_url, render_piece, render_still
from active_users.rendering.pieces import Piece

register = Library()


@register.simple_tag(takes_context=True)
def active_users_piece(context: Context, piece: Piece) -> SafeString:
    """A piece that the view has made. Without a URL to poll, which not every site has, it stays as it is."""
    request = getattr(context, "request", None)
    try:
        find_live_url(request)
    except ImproperlyConfigured as error:
        log_once(logging.WARNING, "The admin's page of active users does not refresh itself. %s", str(error))
        return render_still(request, piece)
    return render_piece(request, piece, csp_nonce=context.get("csp_nonce"))
