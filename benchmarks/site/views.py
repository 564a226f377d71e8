"""The pages of the site."""

from __future__ import annotations

import time
from typing import Any

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from active_users.api import get_active_users_count

ROWS = [{"number": number, "name": f"Order {number}", "price": number * 1.25} for number in range(30)]
# Longer than the longest round trip of the delay proxy.
QUERY_SECONDS = 0.002


def plain(request: HttpRequest) -> HttpResponse:
    """Neither looks at the user nor prints a count."""
    return HttpResponse("hello")


def account(request: HttpRequest) -> HttpResponse:
    """Looks at the user, and does nothing else: the least that a page of a site with logins does."""
    return HttpResponse(f"hello {request.user.get_username()}")


def with_count(request: HttpRequest, *, template: str = "page.html") -> HttpResponse:
    """Prints the count in the footer, as each package's documentation says to."""
    context: dict[str, Any] = {"rows": ROWS}
    if not apps.is_installed("active_users"):  # the peer's; with ours, the context processor brings the count
        context["active_users_count"] = get_active_users_count()
    return render(request, template, context, using="with")


def without_count(request: HttpRequest, *, template: str = "page.html") -> HttpResponse:
    """The same page with a fixed number in the footer."""
    return render(request, template, {"rows": ROWS, "active_users_count": 1000}, using="without")


def querying_with_count(request: HttpRequest) -> HttpResponse:
    """The same after waiting for something else, such as a database, for longer than a round trip."""
    time.sleep(QUERY_SECONDS)
    return with_count(request)


def querying_without_count(request: HttpRequest) -> HttpResponse:
    time.sleep(QUERY_SECONDS)
    return without_count(request)
