"""What the package raises."""

from __future__ import annotations


class ActiveUsersUnavailable(Exception):
    """
    The store could not answer: Redis is down, slow, full, or holds something else at our keys.

    The cause is in ``__cause__``. A template that meets this error prints nothing in its place.
    """

    silent_variable_failure = True
