"""Whether a requester holds the permission to see everything, which is remembered for a minute."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any, Final

from django.contrib.auth.models import AnonymousUser, PermissionsMixin
from django.core.exceptions import SynchronousOnlyOperation
from django.http import HttpRequest

from active_users.exceptions import ActiveUsersUnavailable
from active_users.keys import digest_session_key
from active_users.settings import active_users_settings
from active_users.store.current import get_tenant
from active_users.store.memo import Recent

PERMISSION: Final = "active_users.view_activeuser"

# How long a member keeps what has_perm() said of them, which costs Django two queries in every request that asks.
REMEMBERED_SECONDS: Final = 60
_holders: Final[Recent[bool]] = Recent()


def holds_permission(request: HttpRequest, *, asks_again: bool = False) -> bool:
    """Whether the requester holds ``active_users.view_activeuser``. ``asks_again``: see ``access.visible_fields()``."""
    user = user_of(request)
    if not hasattr(user, "has_perm"):  # a site's own user model may have no permissions
        return False
    key = _key_of(request, user)
    if asks_again:
        _holders.discard(key)
    known = None if key is None or hasattr(user, "_perm_cache") else _holders.get(key)  # Django has asked already
    if known is not None and time.monotonic() - known[0] < REMEMBERED_SECONDS:
        return known[1]
    try:
        holds = user.has_perm(PERMISSION)
    except SynchronousOnlyOperation:
        # Rendered in an async view, where Django forbids the query. Showing less is the safe mistake.
        return False
    if key is not None:
        _holders.put(key, holds, REMEMBERED_SECONDS)
    return holds


def forget_permission(request: HttpRequest) -> None:
    """Ask again the next time."""
    _holders.discard(_key_of(request, user_of(request)))


def user_of(request: HttpRequest) -> AnonymousUser:
    return getattr(request, "user", None) or AnonymousUser()


def _key_of(request: HttpRequest, user: Any) -> tuple[Any, ...] | None:
    """
    By what we remember whether ``user`` holds the permission. A login or logout changes the session's key.

    ``None`` where nothing is remembered: without a session, for superusers and inactive users, who cost no query, and
    for users with a ``has_perm()`` of their own, which may look at more than the user.
    """
    session = digest_session_key(getattr(request, "session", None))
    is_djangos = getattr(user.__class__, "has_perm", None) is PermissionsMixin.has_perm
    if not session or not is_djangos or not user.is_active or user.is_superuser:
        return None
    with suppress(ActiveUsersUnavailable):
        return get_tenant(active_users_settings.get_cache()), session, user.__class__, user.pk
    return None
