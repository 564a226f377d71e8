"""Logs the errors of a site's own code, such as its entry class or its rules, which fail no page."""

from __future__ import annotations

import logging
from typing import Final

MAX_KNOWN: Final = 1000

logger = logging.getLogger("active_users")

_known: set[tuple[str, type, str]] = set()


def log_mistake(message: str, *arguments: object, error: Exception) -> None:
    """Log ``error`` with its traceback, but only once: every request may raise it again."""
    mistake = message, type(error), str(error)
    if mistake not in _known:
        if len(_known) >= MAX_KNOWN:
            _known.clear()
        _known.add(mistake)
        logger.error(message, *arguments, exc_info=error)


def forget_mistakes() -> None:
    """Log them anew. For tests."""
    _known.clear()
