"""A model without a table. It exists so that Django creates the permission to see everything about active users."""

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
