"""The app's configuration, with its system checks and signal receivers."""

from __future__ import annotations

from django.apps import AppConfig, apps
from django.contrib.auth import get_user_model
from django.core.checks import Tags, register
from django.db.models.signals import post_delete
from django.utils.translation import pgettext_lazy

from active_users.checks import check_guests, check_middleware, check_settings, check_store
from active_users.visits.receivers import forget_deleted


class ActiveUsersConfig(AppConfig):
    name = "active_users"
    verbose_name = pgettext_lazy("active users", "Active users")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register(check_settings)
        register(check_middleware)
        register(check_store, Tags.database)
        register(check_guests, Tags.security, deploy=True)
        # A receiver for every model would turn off Django's fast delete for all of them.
        for model in apps.get_models():
            if issubclass(model, get_user_model()):
                post_delete.connect(forget_deleted, sender=model, dispatch_uid="active_users.forget_deleted")
