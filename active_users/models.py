"""A model without a table. It exists for the admin, and so that Django creates the permissions."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import pgettext_lazy

__all__ = ["ActiveUser"]


class NoRows(models.Manager["ActiveUser"]):
    """Answers every query with nothing, so that what walks all models, such as ``dumpdata``, asks for no table."""

    use_in_migrations = True

    def get_queryset(self) -> models.QuerySet[ActiveUser]:
        return super().get_queryset().none()


class ActiveUser(models.Model):
    """The people are in Redis. The database holds only the permissions to see all about them, and to forget them."""

    # Set where the admin is about somebody.
    identity = ""
    name = ""

    objects: ClassVar[NoRows] = NoRows()

    class Meta:
        managed = False
        base_manager_name = "objects"
        default_permissions = ("view", "delete")
        verbose_name = pgettext_lazy("active users", "active user")
        verbose_name_plural = pgettext_lazy("active users", "active users")

    def __str__(self) -> str:
        return self.name
