"""The pages of the site."""

from __future__ import annotations

import time
from typing import Any

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from active_users.api import get_active_users_count

ROWS = [{"number": number, "name": f"Order {number}", "price": number * 1.25} for number in range(30)]


def plain(request: HttpRequest) -> HttpResponse:
    """Neither reads the user nor prints a count."""
    return HttpResponse("hello")


def account(request: HttpRequest) -> HttpResponse:
    """Reads the user and nothing else: the least that a page does on a site where people log in."""
    return HttpResponse(f"hello {request.user.get_username()}", status=200 if request.user.is_authenticated else 403)


def with_count(request: HttpRequest, *, template: str = "page.html", wait: float = 0) -> HttpResponse:
    """Prints the count in the footer, as each package's documentation recommends."""
    time.sleep(wait)  # as a database query does
    context: dict[str, Any] = {"rows": ROWS}
    if not apps.is_installed("active_users"):  # the peer's; with ours, a context processor provides the count
        context["active_users_count"] = get_active_users_count()
    return render(request, template, context, using="with")


def without_count(request: HttpRequest, *, template: str = "page.html", wait: float = 0) -> HttpResponse:
    """The same page with a fixed number in the footer."""
    time.sleep(wait)
    return render(request, template, {"rows": ROWS, "active_users_count": 1000}, using="without")
