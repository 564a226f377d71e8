"""A model without a table, for the permission to see everything about the active users."""

from __future__ import annotations

from django.db import models


class ActiveUser(models.Model):
    """The people are in Redis; in the database there is only ``active_users.view_activeuser``."""

    class Meta:
        managed = False
        default_permissions = ("view",)
        verbose_name = "active user"
        verbose_name_plural = "active users"
