"""The JSON endpoint."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.utils.log import log_response
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from active_users.access import list_visible
from active_users.decorators import active_users_exempt
from active_users.exceptions import ActiveUsersUnavailable
from active_users.paging import parse_limit, parse_offset
from active_users.settings import active_users_settings
from active_users.visits.counting import counts_for

logger = logging.getLogger("active_users")


@active_users_exempt
@login_not_required
@never_cache
@require_safe
def active_users_info_view(request: HttpRequest) -> JsonResponse:
    """
    ``{"count": 3, "data": [{"user_id": "7", "username": "ada"}, …]}``, the most recently seen first.

    ``data`` holds what the requester may see. Where the site counts guests, ``guests`` is their number. Parameters:
    ``limit`` (default 100, at most 1000) and ``offset`` (default 0). Errors are ``{"error": "…"}``: 400 for a bad
    parameter, 503 while Redis does not answer.
    """
    try:
        limit = parse_limit(request.GET.get("limit", "100"))
        offset = parse_offset(request.GET.get("offset", "0"))
        found = list_visible(request, limit=limit, offset=offset)
        guests = counts_for(request).guests if active_users_settings.TRACK_GUESTS else None
    except ValueError as error:
        return _respond({"error": str(error)}, status=400)
    except ActiveUsersUnavailable:
        return _respond_unknown(request)
    body: dict[str, object] = {"count": found.count, "data": found.users}
    if guests is not None:
        body["guests"] = guests
    return _respond(body)


def _respond_unknown(request: HttpRequest) -> JsonResponse:
    response = _respond({"error": "Active users are unknown right now."}, status=503)
    # Otherwise Django logs an error, and mails it to the ADMINS, at every poll. The outage itself has been logged.
    log_response("Active users are unknown", response=response, request=request, logger=logger, level="debug")
    return response


def _respond(body: dict[str, object], *, status: int = 200) -> JsonResponse:
    return JsonResponse(body, status=status, headers={"X-Content-Type-Options": "nosniff"})
