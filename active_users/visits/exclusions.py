"""Requests that do not count as activity."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from django.http import HttpRequest

from active_users.decorators import is_exempt
from active_users.visits.visit import Reason

logger = logging.getLogger("active_users")


def why_excluded(request: HttpRequest, view: Callable[..., Any] | None, patterns: Sequence[str]) -> Reason | None:
    """
    Whether the view is exempt, or the path matches one of the excluded ``patterns``. ``None`` if neither.

    A prefetch counts: pointing at a link shows that somebody is there, and the click that follows sends no request.
    """
    if view is not None and is_exempt(view, request.method or ""):
        return "exempt view"
    for pattern in patterns:
        expression = _compile(pattern)
        if expression.search(request.path_info) or expression.search(request.path):
            return "excluded path"
    return None


@lru_cache(maxsize=256)
def _compile(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:  # a check reports it too, but a page must not fail
        logger.error("ACTIVE_USERS_EXCLUDE_URL_PATTERNS: %r is not a regular expression: %s", pattern, error)
        return re.compile(r"(?!)")  # matches nothing
