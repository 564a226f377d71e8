"""Requests through Django's handler, with the package's middleware and without it."""

from __future__ import annotations

import random
import time
from itertools import cycle, islice
from typing import Any

from django.core.handlers.base import BaseHandler
from django.db import connection
from django.http import HttpRequest
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

import active_users
from benchmarks.site.people import Person, make_request
from benchmarks.site.timing import cost_of, interleave

# Requests before the timed ones, because the CPU's caches went cold while the process waited for the call.
WARM_UP = 3
# The people of rows 1, 2, 4 and 5, who take turns across calls.
_thousand = cycle(range(1000))

ACTIVE_USERS = "active_users.middleware.ActiveUsersSessionMiddleware"
SESSION_AND_USER = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
)


def _make_handler(*middleware: str) -> BaseHandler:
    handler = BaseHandler()
    with override_settings(MIDDLEWARE=middleware):
        handler.load_middleware()
    return handler


# These get requests whose session and user are already loaded.
WITH, WITHOUT = _make_handler(ACTIVE_USERS), _make_handler()
# These load them.
FULL_WITH, FULL_WITHOUT = _make_handler(*SESSION_AND_USER, ACTIVE_USERS), _make_handler(*SESSION_AND_USER)


def find_package() -> str:
    """Where the imported package is, so that the benchmark can make sure it measures the right one."""
    return str(active_users.__file__)


def measure_added(path: str, path_without: str, count: int) -> dict[str, dict[str, float]]:
    """
    What a request costs on average ``without`` the middleware, and what the middleware adds; see ``cost_of()``.

    Its session and user are already loaded.

    The sequence is measured as a whole, so that work that a request leaves for the next one is counted too.
    """
    numbers = list(islice(_thousand, WARM_UP + count))
    cost = {}
    for handler, side_path in random.sample([(WITH, path), (WITHOUT, path_without)], 2):
        requests = [Person(number).loaded_request(side_path) for number in numbers]
        _visit(handler, requests[:WARM_UP])
        cost[handler] = cost_of(lambda: _visit(handler, requests[WARM_UP:]))  # noqa: B023 - called at once
    added = {name: (spent - cost[WITHOUT][name]) / count for name, spent in cost[WITH].items()}
    return {"added": added, "without": {name: spent / count for name, spent in cost[WITHOUT].items()}}


def measure_repeats(path: str, people: int, count: int) -> dict[str, float]:
    """
    The CPU time of a request by somebody who was noted a moment ago, with the middleware and without it.

    And how many sessions all those requests loaded, and how many queries they made.
    """
    requests = [Person(number % people).request(path) for number in range(2 * (count + WARM_UP))]
    unasked = iter(requests)
    sides = {
        "with": lambda: FULL_WITH.get_response(next(unasked)),
        "without": lambda: FULL_WITHOUT.get_response(next(unasked)),
    }
    with CaptureQueriesContext(connection) as queries:
        interleave(sides, WARM_UP)
        took = interleave(sides, count, time.thread_time)
    return {
        **took,
        "session loads": sum(hasattr(each.session, "_session_cache") for each in requests),
        "queries": len(queries),
    }


def time_number(path: str, path_without: str, visitor: int | None, count: int) -> dict[str, float]:
    """The time of a page with a number, and without it, for a person who was noted, or for a stranger."""

    def visit(side_path: str) -> None:
        request = make_request(side_path) if visitor is None else Person(visitor).request(side_path)
        response: Any = FULL_WITH.get_response(request)
        if b"online" not in response.content:
            raise RuntimeError(f"{side_path} answers {response.status_code}")

    sides = {"with": lambda: visit(path), "without": lambda: visit(path_without)}
    interleave(sides, WARM_UP)
    return interleave(sides, count)


def _visit(handler: BaseHandler, requests: list[HttpRequest]) -> None:
    for request in requests:
        handler.get_response(request)
