"""Logs once what every request may find again: mistakes in a site's settings, templates and own functions."""

from __future__ import annotations

import logging
from typing import Final

# How often one message is logged, with other arguments or errors each time, because a visitor may cause these.
MOST: Final = 100

logger = logging.getLogger("active_users")

_logged: dict[str, dict[str, object]] = {}


def log_once(level: int, message: str, *arguments: object, error: Exception | None = None) -> None:
    """
    Log ``message`` with ``arguments`` once.

    With an ``error`` it is logged with the traceback, and once for each error, whatever the arguments.
    """
    what = message % arguments if error is None else repr(error)
    logged, me = _logged.setdefault(message, {}), object()
    if len(logged) < MOST and logged.setdefault(what, me) is me:  # atomic, so one thread alone logs it
        logger.log(level, message, *arguments, exc_info=error)


def forget_what_was_logged() -> None:
    """Log everything anew. For tests."""
    _logged.clear()
