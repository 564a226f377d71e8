"""Polls of the live pieces, through Django's WSGI handler."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import include, path

from active_users.decorators import active_users_exempt
from benchmarks.site.people import Person
from benchmarks.site.timing import interleave
from benchmarks.site.visiting import ACTIVE_USERS, SESSION_AND_USER, WARM_UP

# A page with the number in its header, and the list.
PIECES: Final = ("count::", "live:10:")

Environ = dict[str, Any]

with override_settings(MIDDLEWARE=[*SESSION_AND_USER, ACTIVE_USERS]):
    _site = WSGIHandler()


@active_users_exempt
def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=204)


urlpatterns = [path("bare/", bare), path("", include("active_users.urls"))]


def time_polls(count: int) -> dict[str, float]:
    """
    The CPU time of a poll by a stranger, by a member, and by a member whose page has just opened, on which nothing
    changes, and of a bare view for each of them. ``queries`` are those of a member's poll.
    """
    settings.ROOT_URLCONF = __name__
    cookie = f"{settings.SESSION_COOKIE_NAME}={Person(0).session_key}"
    (first, member), (_, stranger) = _open_page(cookie), _open_page("")
    requests = {
        "stranger": stranger,
        "bare stranger": _request("/bare/", ""),
        "member": member,
        "bare member": _request("/bare/", cookie),
        "member's first": first,
    }
    sides = {name: partial(_answer, request) for name, request in requests.items()}
    interleave(sides, WARM_UP)
    with CaptureQueriesContext(connection) as queries:
        if any(_answer(request).status_code != 204 for request in requests.values() if request is not first):
            raise RuntimeError("a poll got something although nothing had changed")
    return {**interleave(sides, count, time.thread_time), "queries": len(queries)}


def _open_page(cookie: str) -> tuple[Environ, Environ]:
    """The first poll of a page, which shows something already, and the next, which brings what that has got."""
    headers = {"Active-Users-Present": "true"}
    shown = re.findall('name="shown" value="([^"]+)"', _answer(_request(_poll(PIECES), cookie, headers)).text)
    first = _request(_poll(shown), cookie, headers)
    ticket = _answer(first).headers["Active-Users"]
    return first, _request(_poll(shown), cookie, {**headers, "Active-Users": ticket})


def _poll(shown: Sequence[str]) -> str:
    return "/active-users-live/?language=en-us&" + urlencode({"shown": shown}, doseq=True)


def _request(path: str, cookie: str, headers: dict[str, str] | None = None) -> Environ:
    return dict(RequestFactory().get(path, headers=headers, HTTP_COOKIE=cookie).environ)


def _answer(request: Environ) -> Any:
    return _site(dict(request), _start_response)


def _start_response(*_: Any) -> Any:
    """What a web server does here is not measured."""
