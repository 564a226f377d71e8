"""The ``LOCATION`` of a cache: whether Redis can be there, and how to quote it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import redis
from django.core.cache import caches
from redis.connection import parse_url

_PASSWORD_OPTION: Final = re.compile(r"(?<=password=)[^&'\"]*")
# What is before the last @, also without a scheme; and what begins as a password, even if the @ is missing.
_CREDENTIALS: Final = re.compile(r"(?<=//).*(?=@)|(?<=//):.*(?=['\"])|(?<=['\"])(?!.*//).*(?=@)")


class BadLocation(redis.ConnectionError):
    """The ``LOCATION`` of a cache is not the URL of a Redis."""


def check_location(alias: str) -> None:
    """
    Raise ``BadLocation`` if the ``LOCATION`` of the cache ``alias`` cannot be read.

    Its text quotes no password, as redis-py's own error may.
    """
    location = caches.settings[alias].get("LOCATION", "")
    if not _is_right(location):
        text = f"The LOCATION of the cache {alias!r} should be a URL of Redis, not {quote(location)}"
        raise BadLocation(text) from None


def _is_right(location: object) -> bool:
    urls = re.split("[;,]", location) if isinstance(location, str) else location
    try:
        return bool([parse_url(url) for url in urls])  # type: ignore[attr-defined]
    except (AttributeError, TypeError, ValueError):
        return False


def quote(location: object) -> str:
    """``location`` as it is written in the settings, with three stars for what may be a password."""
    if isinstance(location, Mapping):
        return f"a {type(location).__name__}"
    return _CREDENTIALS.sub("***", _PASSWORD_OPTION.sub("***", repr(location)))
