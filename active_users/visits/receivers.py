"""Receivers of Django's signals: a person who logs out or is deleted becomes inactive."""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.http import HttpRequest

from active_users.principals import is_person
from active_users.settings import active_users_settings
from active_users.store.current import forget
from active_users.visits.guesting import forget_guest
from active_users.visits.visit import get_visit, outdate_count

logger = logging.getLogger("active_users")


def forget_on_logout(sender: Any, user: Any = None, request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Receiver of ``user_logged_out``, which may come without a request, for example from a websocket."""
    outdate_count(request)
    try:
        if is_person(user):
            forget(_identity_of(user, request))
    except Exception:
        logger.exception("Cannot forget a user who has logged out, and stays active until the window ends")


def note_after_login(request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Receiver of ``user_logged_in``: the request's person is somebody else now, who is noted after the response."""
    visit = get_visit(request)
    if visit is not None:
        visit.is_settled, visit.began = False, time.monotonic()  # whatever happened before is over
        visit.asked = None
    try:
        if isinstance(request, HttpRequest):
            forget_guest(request)
    except Exception:
        logger.exception("Cannot forget a guest who has logged in, and stays active until the window ends")


def _identity_of(user: Any, request: HttpRequest | None) -> str:
    entry_class = active_users_settings.KEY_CLASS
    try:
        identity: str = entry_class.identity_of(user)
    except ImproperlyConfigured:  # it takes the request to identify an entry of this class
        if request is None or request.user != user:
            raise
        identity = entry_class.create_from_request(request).identity
    return identity


def forget_deleted(instance: Any, using: str | None = None, **kwargs: Any) -> None:
    """Receiver of ``post_delete`` for the user model."""
    outdate_count()
    try:
        identity = active_users_settings.KEY_CLASS.identity_of(instance)
        forget(identity)
        if transaction.get_connection(using).in_atomic_block:  # another process may note them until it is committed
            transaction.on_commit(partial(forget, identity), using=using, robust=True)
    except Exception:
        logger.exception("Cannot forget the deleted user %s, who stays active until the window ends", instance.pk)
