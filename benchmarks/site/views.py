"""The pages of the site, and their paths."""

from __future__ import annotations

import time
from typing import Any

from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from active_users.api import get_active_users_count

ROWS = [{"number": number, "name": f"Order {number}", "price": number * 1.25} for number in range(30)]
FIXED = {"active_users_count": 1000}


def plain(request: HttpRequest) -> HttpResponse:
    """Neither reads the user nor prints a count."""
    return HttpResponse("hello")


def account(request: HttpRequest, *, engine: str = "") -> HttpResponse:
    """Reads the user, the least that a page does on a site where people log in. With an ``engine``, prints a number."""
    return _greet(request, request.user, engine)


async def async_account(request: HttpRequest, *, engine: str = "") -> HttpResponse:
    """Async twin of ``account()``."""
    return _greet(request, await request.auser(), engine)


def _greet(request: HttpRequest, user: AbstractBaseUser | AnonymousUser, engine: str) -> HttpResponse:
    status = 200 if user.is_authenticated else 403
    if not engine:
        return HttpResponse(f"hello {user.get_username()}", status=status)
    context = FIXED if engine == "without" else {}
    return render(request, "number.html", {"user": user, **context}, status=status, using=engine)


def with_count(request: HttpRequest, *, wait: float = 0) -> HttpResponse:
    """Prints the count in the footer, as each package's documentation recommends."""
    time.sleep(wait)  # as a database query does
    context: dict[str, Any] = {"rows": ROWS}
    if not apps.is_installed("active_users"):  # the peer's; with ours, a context processor provides the count
        context["active_users_count"] = get_active_users_count()
    return render(request, "page.html", context, using="with")


def without_count(request: HttpRequest, *, wait: float = 0) -> HttpResponse:
    """The same page with a fixed number in the footer."""
    time.sleep(wait)
    return render(request, "page.html", {"rows": ROWS, **FIXED}, using="without")


# Longer than the longest round trip of the delay proxy.
SLOW_SECONDS = 0.002

urlpatterns = [
    path("plain/", plain),
    path("account/", account),
    path("account/number/", account, {"engine": "with"}),
    path("account/fixed-number/", account, {"engine": "without"}),
    path("async/account/", async_account),
    path("async/account/number/", async_account, {"engine": "with"}),
    path("async/account/fixed-number/", async_account, {"engine": "without"}),
    path("with-count/", with_count),
    path("without-count/", without_count),
    path("slow-with-count/", with_count, {"wait": SLOW_SECONDS}),
    path("slow-without-count/", without_count, {"wait": SLOW_SECONDS}),
]
