from __future__ import annotations

from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Member(AbstractBaseUser):
    """Has a UUID as primary key, no ``username`` and no permissions."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    email = models.CharField(max_length=500, unique=True)

    USERNAME_FIELD = "email"

    objects = BaseUserManager["Member"]()
