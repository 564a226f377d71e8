"""Checks of ``MIDDLEWARE``: whether ours is in it, once, and in the right place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Error
from django.utils.module_loading import import_string

from active_users.settings import active_users_settings

# As paths, because Django's middleware cannot be imported while the apps are loading.
OURS = "active_users.middleware.ActiveUsersSessionMiddleware"
USERS = "django.contrib.auth.middleware.AuthenticationMiddleware"
BEFORE_OURS = ("django.contrib.sessions.middleware.SessionMiddleware", USERS)
AFTER_OURS = "django.middleware.cache.FetchFromCacheMiddleware"


def check_middleware(**kwargs: Any) -> list[CheckMessage]:
    """Check that ``MIDDLEWARE`` contains ours or a subclass that works, once, and late enough."""
    return list(_check_middleware())


def _check_middleware() -> Iterator[CheckMessage]:
    ours = _find(OURS)
    if not ours:
        yield checks.Warning(
            f"MIDDLEWARE should contain {OURS}: without it nobody is noted.",
            hint=f"Add it after {USERS}.",
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
    if ours and not _find(USERS):
        yield checks.Warning(
            f"MIDDLEWARE should contain {USERS}: without it nobody is noted.",
            hint=f"Add it before {OURS}. Silence this if something else of yours sets request.user.",
            id="active_users.W007",
        )
    if ours and any(position < max(ours) for position in _find(AFTER_OURS)):
        yield checks.Warning(
            f"MIDDLEWARE should have {OURS} before {AFTER_OURS}: people who open a cached page are not noted.",
            hint="Move it up.",
            id="active_users.W008",
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
    found = {}
    for position, path in enumerate(active_users_settings.MIDDLEWARE):
        with suppress(ImportError):  # Django itself tells when it makes the middleware
            middleware = import_string(path)
            if isinstance(middleware, type) and issubclass(middleware, wanted):
                found[position] = middleware
    return found
