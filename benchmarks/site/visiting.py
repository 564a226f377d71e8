"""Requests through Django's handler, with the package's middleware and without it."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from itertools import cycle, islice
from statistics import median
from threading import Thread

from django.core.handlers.base import BaseHandler
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

import active_users
from benchmarks.site.people import Person

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


def time_added_to_sequence(path: str, path_without: str, count: int) -> float:
    """
    The mean time that the middleware adds to a request whose session and user are already loaded.

    The sequence is timed as a whole, so that work that a request leaves for the next one is counted too.
    """
    numbers = list(islice(_thousand, WARM_UP + count))
    took = {}
    for handler, side_path in random.sample([(WITH, path), (WITHOUT, path_without)], 2):
        requests = [Person(number).loaded_request(side_path) for number in numbers]
        for request in requests[:WARM_UP]:
            handler.get_response(request)
        start = time.perf_counter()
        for request in requests[WARM_UP:]:
            handler.get_response(request)
        took[handler] = (time.perf_counter() - start) / count
    return took[WITH] - took[WITHOUT]


def time_added_to_repeats(path: str, people: int, count: int) -> float:
    """
    The time that the middleware adds to a request by somebody whom it noted a moment ago.

    Such requests leave no work for the next one. Each is timed on its own, so that the medians resolve microseconds.
    """
    took: dict[BaseHandler, list[float]] = {FULL_WITH: [], FULL_WITHOUT: []}
    for request in _requests_by_each(path, people):
        FULL_WITH.get_response(request)
    for step in range(count):
        for handler in random.sample([FULL_WITH, FULL_WITHOUT], 2):
            seconds, _ = _timed(handler, Person(step % people).request(path))
            if step >= WARM_UP:
                took[handler].append(seconds)
    return median(took[FULL_WITH]) - median(took[FULL_WITHOUT])


def count_work_of_repeats(path: str, people: int, repeats: int) -> dict[str, int]:
    """How many sessions are loaded and how many queries made, in this many requests by each of the people."""
    loads = 0
    with CaptureQueriesContext(connection) as queries:
        for _ in range(repeats):
            for request in _requests_by_each(path, people):
                FULL_WITH.get_response(request)
                loads += hasattr(request.session, "_session_cache")
    return {"session loads": loads, "queries": len(queries)}


def visit_once(path: str, patience: float) -> dict[str, float] | None:
    """The status of a page and how long it took, or ``None`` if it takes longer than ``patience`` seconds."""
    answers: list[tuple[float, HttpResponseBase]] = []

    def visit() -> None:
        answers.append(_timed(WITH, Person(0).loaded_request(path)))

    thread = Thread(target=visit, daemon=True)
    thread.start()
    thread.join(patience)
    return {"seconds": answers[0][0], "status": answers[0][1].status_code} if answers else None


def _timed(handler: BaseHandler, request: HttpRequest) -> tuple[float, HttpResponseBase]:
    start = time.perf_counter()
    response = handler.get_response(request)
    return time.perf_counter() - start, response


def _requests_by_each(path: str, people: int) -> Iterator[HttpRequest]:
    return (Person(number).request(path) for number in range(people))
