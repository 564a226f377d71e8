"""
What this requester may see: the one door for every list that a requester reaches.

``ACTIVE_USERS_VISIBLE_FIELDS`` names the rule, a function of the request that gives the names of the fields.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import SynchronousOnlyOperation
from django.http import HttpRequest

from active_users import api
from active_users.settings import active_users_settings

logger = logging.getLogger("active_users")

PERMISSION = "active_users.view_activeuser"
NAMES = ("user_id", "username")


def members_see_names(request: HttpRequest) -> Sequence[str]:
    """Anonymous visitors see the count only, members names, holders of the permission everything."""
    if not _user_of(request).is_authenticated:
        return ()
    return _everything_for(request) or NAMES


def everyone_sees_names(request: HttpRequest) -> Sequence[str]:
    """Everyone sees names, holders of the permission everything."""
    return _everything_for(request) or NAMES


def staff_only(request: HttpRequest) -> Sequence[str]:
    """Holders of the permission see everything, everyone else the count only."""
    return _everything_for(request)


def visible_fields(request: HttpRequest | None) -> list[str]:
    """The fields that the requester may see; none without a request, nor by a rule that raises."""
    if request is None:
        return []
    try:
        allowed = set(active_users_settings.VISIBLE_FIELDS(request))
    except Exception:
        logger.exception("ACTIVE_USERS_VISIBLE_FIELDS failed, so that nobody is shown")
        return []
    return [field for field in active_users_settings.KEY_CLASS.fields if field in allowed]


def list_visible(request: HttpRequest | None, *, limit: int, offset: int = 0) -> api.ActiveUsers:
    """
    The active users, with the fields that the requester may see, and how many there are in all, at one moment.

    Raises ``ActiveUsersUnavailable``. Who may see no field gets an empty list.
    """
    fields = visible_fields(request)
    if not fields:
        return api.ActiveUsers(api.get_active_users_count(), [])
    found = api.list_active_users(limit=limit, offset=offset)
    return api.ActiveUsers(found.count, [{field: _printable(user[field]) for field in fields} for user in found.users])


def _printable(text: str) -> str:
    """A lone surrogate, which no response can be encoded with, becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def _user_of(request: HttpRequest) -> AnonymousUser:
    return getattr(request, "user", None) or AnonymousUser()


def _everything_for(request: HttpRequest) -> Sequence[str]:
    user = _user_of(request)
    try:
        may_see = hasattr(user, "has_perm") and user.has_perm(PERMISSION)  # a site's own user model may know none
    except SynchronousOnlyOperation:  # in a template that an async view renders, the database cannot be asked
        may_see = False
    return tuple(active_users_settings.KEY_CLASS.fields) if may_see else ()
