"""The error that the package raises."""

from __future__ import annotations

__all__ = ["ActiveUsersUnavailable"]


class ActiveUsersUnavailable(Exception):
    """
    The store cannot answer: Redis is down, slow or full, or somebody else's data is at our keys.

    ``__cause__`` holds the error behind it. A template variable that raises this error prints as nothing.
    """

    silent_variable_failure = True
