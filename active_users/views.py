"""What the live pieces of a page poll."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils import translation
from django.views.decorators.http import require_safe

from active_users.decorators import active_users_exempt
from active_users.rendering.poll import answer_poll, parse_pieces, parse_query
from active_users.settings import active_users_settings

__all__ = ["live"]

# That of Django's never_cache(), which takes a fifth of the whole time of a poll.
NEVER_CACHE: Final = "max-age=0, no-cache, no-store, must-revalidate, private"


@active_users_exempt
@login_not_required
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """
    What the page's pieces should show now, as far as that has changed, or 204 if they show it already.

    ``language`` is that of the page.

    Notes the member who polls, if the page says that its reader is there: it is in view, and was touched lately.
    While Redis does not answer, that is a sentence that says so. Responds 400 to a ``limit`` above 1000.
    """
    try:
        query = parse_query(request)
        pieces = parse_pieces(query)
    except ValueError as error:
        return HttpResponseBadRequest(str(error), content_type="text/plain")
    presence = request.META.get("HTTP_ACTIVE_USERS_PRESENT", "") if active_users_settings.LIVE_HEARTBEAT else ""
    language = query.get("language", "")
    is_other = language != translation.get_language() and translation.check_for_language(language)
    with translation.override(language) if is_other else nullcontext():
        update, ticket = answer_poll(request, pieces, presence=presence)
    response = HttpResponse(update) if update else HttpResponse(status=204)
    response.headers["Cache-Control"] = NEVER_CACHE
    response.headers["Active-Users"] = ticket or "live"  # live.js looks for it, and sends a ticket with its next polls
    return response
