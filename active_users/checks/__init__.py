"""System checks: a mistake in the configuration is told by name, with what to do about it."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage

from active_users.checks.middleware import check_middleware
from active_users.checks.paths import check_paths
from active_users.checks.redis import check_redis
from active_users.checks.values import check_values

__all__ = ["check_middleware", "check_settings"]


def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """Every ``ACTIVE_USERS_…`` setting by itself, then what they must be to each other."""
    return [*check_values(), *check_paths(), *check_redis()]
