"""System checks: each names a mistake in the configuration, and its remedy."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage

from active_users.checks.display_name import check_display_name
from active_users.checks.guests import check_guests
from active_users.checks.middleware import check_middleware
from active_users.checks.redis import check_redis
from active_users.checks.trial import check_store
from active_users.checks.values import check_values

__all__ = ["check_guests", "check_middleware", "check_settings", "check_store"]


def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """Check every ``ACTIVE_USERS_…`` setting, by itself and against the others."""
    return [*check_values(), *check_display_name(), *check_redis()]
