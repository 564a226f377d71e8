"""A model without a table. It exists for the permission to see everything about the active users."""

from __future__ import annotations

from django.db import models

__all__ = ["ActiveUser"]


class ActiveUser(models.Model):
    """The people are in Redis. The database holds only the permission ``active_users.view_activeuser``."""

    class Meta:
        managed = False
        default_permissions = ("view",)
        verbose_name = "active user"
        verbose_name_plural = "active users"
