from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User

from active_users.permission import PERMISSION


class Holder(User):
    """A user who has our permission and no other."""

    class Meta:
        proxy = True

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return perm == PERMISSION
