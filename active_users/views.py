"""The partial that the live snippet asks for."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from active_users.decorators import active_users_exempt
from active_users.rendering.live import render_live_content
from active_users.store.sharded import PAGE


@active_users_exempt
@login_not_required
@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """What the snippet should show: 200, or 204 when that is shown already. Nothing else, for htmx would show it."""
    limit = request.GET.get("limit", "")
    content = render_live_content(request, limit=min(int(limit), PAGE) if limit.isdecimal() and len(limit) < 9 else 10)
    if request.GET.get("shown") == content.digest:
        return HttpResponse(status=204)
    return HttpResponse(content)
