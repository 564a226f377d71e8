"""The bounds of ``limit`` and ``offset``, the same for the API, JSON, the live snippet and the tags."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from active_users.logs import log_once

# The most people that one page, one JSON answer or one template tag lists.
PAGE: Final = 1000
MAX_OFFSET: Final = 999_999_999


def parse_whole_number(name: str, value: object, *, minimum: int = 0, maximum: int) -> int:
    """
    The number from ``minimum`` to ``maximum`` that ``value`` is, or that it holds as ASCII digits and nothing else.

    Raises ``ValueError`` with a message that names the parameter, its range and the value.
    """
    number = -1
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= len(str(maximum)):
        number = int(value)
    if not minimum <= number <= maximum:
        shown = repr(value[:40] if isinstance(value, str) else value)[:60]
        raise ValueError(f"{name} should be a whole number from {minimum} to {maximum}, not {shown}.")
    return number


def parse_limit(value: object) -> int:
    return parse_whole_number("limit", value, maximum=PAGE)


def parse_offset(value: object) -> int:
    return parse_whole_number("offset", value, maximum=MAX_OFFSET)


def number_in_tag(tag: str, parse: Callable[[object], int], value: object, *, default: int) -> int:
    """``parse(value)``. A mistake is logged once, and ``default`` used instead, so that the page works."""
    try:
        return parse(value)
    except ValueError as error:
        log_once(logging.ERROR, "{%% %s %%}: %s %d is used instead.", tag, str(error), default)
        return default
