"""What the live pieces of a page poll."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from active_users.decorators import active_users_exempt
from active_users.rendering.poll import parse_pieces, render_update
from active_users.settings import active_users_settings
from active_users.visits.noting import note_reader

__all__ = ["live"]


@active_users_exempt
@login_not_required
@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """
    What the page's pieces should show now, as far as that has changed, or 204 if they show it already.

    Notes the member who polls, if the page says that its reader is there: it is in view, and was touched lately.
    While Redis does not answer, that is a sentence that says so. Responds 400 to a ``limit`` above 1000.
    """
    try:
        pieces = parse_pieces(request.GET)
    except ValueError as error:
        return HttpResponseBadRequest(str(error), content_type="text/plain")
    if "Active-Users-Present" in request.headers and active_users_settings.LIVE_HEARTBEAT:
        note_reader(request)
    update = render_update(request, pieces)
    response = HttpResponse(update) if update else HttpResponse(status=204)
    response.headers["Active-Users"] = "live"  # live.js looks for it
    return response
