"""Django's request handler with the package's middleware, and without it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.core.handlers.base import BaseHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import override_settings

ACTIVE_USERS = "active_users.middleware.ActiveUsersSessionMiddleware"
SESSION_AND_USER = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
)


def make_handler(middleware: Sequence[str]) -> BaseHandler:
    handler = BaseHandler()
    with override_settings(MIDDLEWARE=list(middleware)):
        handler.load_middleware()
    return handler


WITH = make_handler([ACTIVE_USERS])
WITHOUT = make_handler([])
# For requests whose session and user nobody has loaded yet.
FULL_WITH = make_handler([*SESSION_AND_USER, ACTIVE_USERS])
FULL_WITHOUT = make_handler(SESSION_AND_USER)


def timed(handler: BaseHandler, request: HttpRequest) -> tuple[float, HttpResponseBase]:
    """How many seconds the handler took, and its response."""
    start = time.perf_counter()
    response = handler.get_response(request)
    return time.perf_counter() - start, response
