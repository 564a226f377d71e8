"""
What a requester may see. Every list that a requester can reach goes through here.

``ACTIVE_USERS_VISIBLE_FIELDS`` is the path of the rule: a function that takes the request and returns field names.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from active_users import api
from active_users.api.people import Order
from active_users.exceptions import ActiveUsersUnavailable
from active_users.logs import log_once
from active_users.names import is_visible
from active_users.permission import forget_permission, holds_permission, user_of
from active_users.settings import active_users_settings
from active_users.visits.counting import count_for

__all__ = [
    "everyone_sees_names",
    "holds_permission",
    "list_fields",
    "list_visible",
    "members_see_names",
    "staff_only",
    "visible_fields",
    "visible_last_seen",
    "visible_places",
]

NAMES = ("user_id", "username")


def members_see_names(request: HttpRequest) -> Sequence[str]:
    """Show the count to anonymous visitors, names to members, and everything to holders of the permission."""
    if not user_of(request).is_authenticated:
        return ()
    return _names_or_everything_for(request)


def everyone_sees_names(request: HttpRequest) -> Sequence[str]:
    """Show names to everyone, and everything to holders of the permission."""
    return _names_or_everything_for(request)


def staff_only(request: HttpRequest) -> Sequence[str]:
    """Show everything to holders of the permission, and the count to everyone else."""
    return active_users_settings.KEY_CLASS.fields if holds_permission(request) else ()


def visible_fields(request: HttpRequest | None, *, asks_again: bool = False) -> list[str]:
    """
    The fields that the requester may see: none without a request, and none if the rule fails.

    Names that are not fields are left out. Mistakes of the rule are logged, each once. ``asks_again``: the answer will
    be kept for a minute, so a built-in rule does not take what it remembers.
    """
    if request is None:
        return []
    try:
        if asks_again:
            forget_permission(request)
        names = active_users_settings.VISIBLE_FIELDS(request)
        if isinstance(names, str | bytes) or not isinstance(names, Iterable):  # the letters are no fields
            raise TypeError(f"It should return the names of fields in a list or tuple, not {names!r}.")
        allowed = set(names)
    except Exception as error:
        log_once(logging.ERROR, "ACTIVE_USERS_VISIBLE_FIELDS raised an error; showing the count only", error=error)
        return []
    entry_class = active_users_settings.KEY_CLASS
    unknown = allowed.difference(entry_class.fields, NAMES)  # built-in rules return NAMES, whatever the class
    if unknown:
        text = f"It should return some of {entry_class.fields!r}, not {min(unknown, key=repr)!r}."
        log_once(logging.ERROR, "ACTIVE_USERS_VISIBLE_FIELDS names a field that does not exist", error=ValueError(text))
    return [field for field in entry_class.fields if field in allowed]


def list_visible(
    request: HttpRequest | None, *, limit: int, offset: int = 0, place: str | None = None, order: Order = "recent"
) -> api.ActiveUsers:
    """
    The active users, or those in ``place``, with the fields that the requester may see, and how many are active in all.

    A requester who may see no field gets an empty list with the count. A page that shows somebody is not stored by
    Django's cache middleware or ``cache_page``, which would show them to everybody. Raises ``ActiveUsersUnavailable``.
    """
    fields = visible_fields(request) if limit else []
    if request is None or not fields:
        return api.ActiveUsers(_count(request, place), [])
    found = list_fields(fields, limit=limit, offset=offset, place=place, order=order)
    if found.users:
        _keep_out_of_cache(request)
    return found


def list_fields(
    fields: Sequence[str], *, limit: int, offset: int = 0, place: str | None = None, order: Order = "recent"
) -> api.ActiveUsers:
    """What ``list_visible()`` answers to a requester who may see these fields, which ``visible_fields()`` has said."""
    if not fields or not limit:
        return api.ActiveUsers(api.get_active_users_count(place=place), [])
    try:
        found = api.list_active_users(limit=limit, offset=offset, place=place, order=order)
        users = [user.only({field: _printable(user.get(field)) for field in fields}) for user in found.users]
    except ActiveUsersUnavailable:
        raise
    except Exception as error:  # the API raises it, but a page must not fail
        log_once(logging.ERROR, "ACTIVE_USERS_KEY_CLASS raised an error; showing the count only", error=error)
        return api.ActiveUsers(api.get_active_users_count(place=place), [])
    return api.ActiveUsers(found.count, users)


def visible_places(request: HttpRequest | None, *, limit: int = 10) -> list[api.ActivePlace]:
    """
    The places where most people are, for a holder of the permission, because a name of a place may be a secret.

    Others get an empty list. Raises as ``api.get_active_places()`` does.
    """
    return list_places(limit) if request is not None and holds_permission(request) else []


def list_places(limit: int = 10) -> list[api.ActivePlace]:
    """What ``visible_places()`` answers to a holder of the permission."""
    return [replace(found, place=_printable(found.place)) for found in api.get_active_places(limit)]


def visible_last_seen(request: HttpRequest | None, users: Iterable[Any]) -> dict[Any, datetime] | None:
    """
    When ``users`` were last seen, by primary key, for a requester who may see a field that tells who somebody is.

    ``None`` for others, without a look at ``users``. A page that shows who of them is active, or that
    nobody is, is not stored by Django's cache middleware or ``cache_page``. Raises as ``api.get_last_seen()`` does.
    """
    if request is None or set(NAMES).isdisjoint(visible_fields(request)):
        return None
    found = api.get_last_seen(users)
    _keep_out_of_cache(request)
    return found


def _count(request: HttpRequest | None, place: str | None) -> int:
    return count_for(request) if place is None else api.get_active_users_count(place=place)


def _keep_out_of_cache(request: HttpRequest) -> None:
    for each in (request, getattr(request, "_request", request)):  # REST framework's, and Django's inside it
        each._cache_update_cache = False  # type: ignore[union-attr]


def _printable(value: object) -> str:
    """``value`` with question marks for lone surrogates, which a response cannot encode; ``""`` if none of it shows."""
    text = "" if value is None else str(value)
    return text.encode("utf-8", "replace").decode() if is_visible(text) else ""


def _names_or_everything_for(request: HttpRequest) -> Sequence[str]:
    fields = active_users_settings.KEY_CLASS.fields
    return fields if not set(fields) <= set(NAMES) and holds_permission(request) else NAMES
