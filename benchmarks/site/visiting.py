"""Requests through Django's handler, with the package's middleware and without it."""

from __future__ import annotations

import random
import time
from importlib.metadata import version
from typing import Any

from django.db import connection
from django.http import HttpRequest

import active_users
from benchmarks.site import handlers
from benchmarks.site.people import Person

# After waiting to be told what to do, the first requests find cold caches.
WARM_UP = 3


def describe() -> dict[str, str]:
    """Which package this is, so that nobody measures the wrong one."""
    names = ("django-active-users", "django", "django-redis", "redis")
    return {"file": str(active_users.__file__), **{name: version(name) for name in names}}


def time_loaded_requests(path: str, path_without: str, first: int, count: int, among: int) -> dict[str, float]:
    """
    The mean time of a request of a whole sequence, with the middleware and without: session and user are loaded.

    The people come by turns, from number ``first`` on, ``among`` so many. What a request leaves to be done by the next
    is in the time of the next.
    """
    sides = [("with", handlers.WITH, path), ("without", handlers.WITHOUT, path_without)]
    took = {}
    for name, handler, side_path in random.sample(sides, 2):
        requests = [Person((first + step) % among).loaded_request(side_path) for step in range(WARM_UP + count)]
        for request in requests[:WARM_UP]:
            handler.get_response(request)
        start = time.perf_counter()
        for request in requests[WARM_UP:]:
            handler.get_response(request)
        took[name] = (time.perf_counter() - start) / count
    return took


def time_repeat_requests(path: str, count: int) -> dict[str, float]:
    """
    The median time of a request with the middleware and without, by turns, each by a person who was here just now.

    Nothing of these is left to the next request, and single ones are timed so that the medians tell microseconds.
    """
    took: dict[str, list[float]] = {"with": [], "without": []}
    sides = [("with", handlers.FULL_WITH), ("without", handlers.FULL_WITHOUT)]
    for request in _repeats(path, 1):
        handlers.FULL_WITH.get_response(request)
    for step in range(count):
        for name, handler in random.sample(sides, 2):
            seconds, _ = handlers.timed(handler, Person(step % 5).request(path))
            if step >= WARM_UP:
                took[name].append(seconds)
    return {name: sorted(seconds)[len(seconds) // 2] for name, seconds in took.items()}


def count_work_of_repeats(path: str, repeats: int) -> dict[str, int]:
    """How many sessions were loaded and how many queries made by so many requests, by people who were here just now."""
    queries = []

    def log(execute: Any, sql: str, *arguments: Any) -> Any:
        queries.append(sql)
        return execute(sql, *arguments)

    loads = 0
    with connection.execute_wrapper(log):
        for request in _repeats(path, repeats):
            handlers.FULL_WITH.get_response(request)
            loads += hasattr(request.session, "_session_cache")
    return {"requests": 5 * repeats, "session loads": loads, "queries": len(queries)}


def visit_paced(path: str, path_without: str, count: int, seconds: float) -> dict[str, Any]:
    """So many requests evenly spread over so many seconds, by turns with the same without the middleware."""
    took: dict[str, list[float]] = {"with": [], "without": []}
    statuses: dict[int, int] = {}
    sides = [("with", handlers.WITH, path), ("without", handlers.WITHOUT, path_without)]
    began = time.monotonic()
    for step in range(count):
        time.sleep(max(0.0, began + step * seconds / count - time.monotonic()))
        for name, handler, side_path in random.sample(sides, 2):
            duration, response = handlers.timed(handler, Person(step % 100).loaded_request(side_path))
            took[name].append(duration)
            if name == "with":
                statuses[response.status_code] = statuses.get(response.status_code, 0) + 1
    return {**took, "statuses": statuses, "seconds": time.monotonic() - began}


def _repeats(path: str, repeats: int) -> list[HttpRequest]:
    return [Person(number).request(path) for _ in range(repeats) for number in range(5)]
