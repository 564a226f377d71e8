"""Whom a request's user stands for: a person who may be noted, or nobody."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from active_users.settings import active_users_settings


def is_person(user: Any) -> bool:
    """
    Whether ``user`` is a logged-in user of the site.

    An API may put something else there, such as a text, a dictionary, or a user that was never saved.
    """
    return bool(
        getattr(user, "is_authenticated", False)
        and getattr(user, "pk", None) is not None
        and hasattr(user, "get_username")
    )


def is_hidden(request: HttpRequest) -> bool:
    """Whether the user of ``request`` is never to be noted: an inactive account, or ``ACTIVE_USERS_IS_HIDDEN``."""
    rule = active_users_settings.IS_HIDDEN
    return not getattr(request.user, "is_active", True) or (rule is not None and bool(rule(request)))
