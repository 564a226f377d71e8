"""The error that the package raises."""

from __future__ import annotations

__all__ = ["ActiveUsersUnavailable"]


class ActiveUsersUnavailable(Exception):
    """
    Redis cannot answer: it is down, slow or full, or another program has stored something under our keys.

    ``__cause__`` is the underlying error. A template variable that raises this error prints as nothing.
    """

    silent_variable_failure = True
