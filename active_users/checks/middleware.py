"""Checks of ``MIDDLEWARE``: whether ours is in it, once, and after the sessions' and the users' middleware."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Error
from django.utils.module_loading import import_string

from active_users.settings import active_users_settings

# As paths, because Django's middleware cannot be imported while the apps are loading.
OURS = "active_users.middleware.ActiveUsersSessionMiddleware"
BEFORE_OURS = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
)


def check_middleware(**kwargs: Any) -> list[CheckMessage]:
    """Check that ``MIDDLEWARE`` contains ours or a subclass that works, once, and late enough."""
    return list(_check_middleware())


def _check_middleware() -> Iterator[CheckMessage]:
    ours = _find(OURS)
    if not ours:
        yield checks.Warning(
            f"MIDDLEWARE should contain {OURS}: without it nobody is noted.",
            hint=f"Add it after {BEFORE_OURS[-1]}.",
            id="active_users.W001",
        )
    if len(ours) > 1:
        yield Error(
            f"MIDDLEWARE should contain {OURS} once, not {len(ours)} times.",
            hint="Remove all but the last.",
            id="active_users.E001",
        )
    for required in BEFORE_OURS:
        if ours and any(position > min(ours) for position in _find(required)):
            yield Error(
                f"MIDDLEWARE should have {OURS} after {required}.",
                hint="Move it down.",
                id="active_users.E002",
            )
    for middleware in ours.values():
        if hasattr(middleware, "process_request"):
            yield checks.Warning(
                f"{middleware.__module__}.{middleware.__qualname__} should override process_view(), because "
                "process_request() no longer decides who is noted.",
                hint="Rename the method to process_view(self, request, view, args, kwargs). Return "
                "super().process_view(request, view, args, kwargs) to note the person, and None not to.",
                id="active_users.W004",
            )


def _find(wanted_path: str) -> dict[int, type[Any]]:
    """The classes in ``MIDDLEWARE`` that are the wanted one or a subclass of it, by their position."""
    wanted = import_string(wanted_path)
    found = {position: import_string(path) for position, path in enumerate(active_users_settings.MIDDLEWARE)}
    return {
        position: middleware
        for position, middleware in found.items()
        if isinstance(middleware, type) and issubclass(middleware, wanted)
    }
