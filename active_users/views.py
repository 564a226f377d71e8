"""The partial that the live snippet polls."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from active_users.decorators import active_users_exempt
from active_users.paging import parse_limit
from active_users.rendering.live import render_live_content

__all__ = ["live"]


@active_users_exempt
@login_not_required
@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """
    What the snippet should show, or 204 if it shows that already.

    While Redis does not answer, that is a sentence that says so. Responds 400 to a ``limit`` above 1000.
    """
    try:
        limit = parse_limit(request.GET.get("limit", "10"))
    except ValueError as error:
        return HttpResponseBadRequest(str(error), content_type="text/plain")
    content = render_live_content(request, limit=limit)
    is_shown = request.GET.get("shown") == content.digest
    response = HttpResponse(status=204) if is_shown else HttpResponse(content.update)
    response.headers["Active-Users"] = "live"  # live.js looks for it
    return response
