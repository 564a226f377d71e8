"""That the middleware is there, once, and behind those that it needs."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Error
from django.utils.module_loading import import_string

from active_users.settings import active_users_settings

# By path, for Django's own cannot be imported while the apps are loading.
OURS = "active_users.middleware.ActiveUsersSessionMiddleware"
BEFORE_OURS = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
)


def check_middleware(**kwargs: Any) -> list[CheckMessage]:
    """That the middleware is there, once, and behind those that it needs."""
    ours = _positions(OURS)
    if not ours:
        return [
            checks.Warning(
                f"MIDDLEWARE should contain {OURS}: without it nobody is noted.",
                hint=f"Add it after {BEFORE_OURS[-1]}.",
                id="active_users.W001",
            )
        ]
    messages: list[CheckMessage] = []
    if len(ours) > 1:
        messages.append(
            Error(
                f"MIDDLEWARE should contain {OURS} once, not {len(ours)} times.",
                hint="Remove all but the last.",
                id="active_users.E001",
            )
        )
    messages.extend(
        Error(
            f"MIDDLEWARE should have {OURS} after {required}.",
            hint="Move it down.",
            id="active_users.E002",
        )
        for required in BEFORE_OURS
        if any(position > ours[0] for position in _positions(required))
    )
    return messages


def _positions(wanted_path: str) -> list[int]:
    """Where in MIDDLEWARE a class or a subclass of it stands."""
    wanted = import_string(wanted_path)
    found = []
    for position, path in enumerate(active_users_settings.MIDDLEWARE):
        middleware = import_string(path)
        if isinstance(middleware, type) and issubclass(middleware, wanted):
            found.append(position)
    return found
