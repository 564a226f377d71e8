"""The app's configuration."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register

from active_users.checks import check_middleware, check_settings


class ActiveUsersConfig(AppConfig):
    name = "active_users"
    verbose_name = "Active users"

    def ready(self) -> None:
        register(check_settings)
        register(check_middleware)
