"""Receivers of Django's signals: a person who logs out or is deleted becomes inactive."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from active_users.exceptions import ActiveUsersUnavailable
from active_users.principals import is_person
from active_users.settings import active_users_settings
from active_users.store.current import forget
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


def _identity_of(user: Any, request: HttpRequest | None) -> str:
    entry_class = active_users_settings.KEY_CLASS
    try:
        identity: str = entry_class.identity_of(user)
    except ImproperlyConfigured:  # it takes the request to identify an entry of this class
        if request is None or request.user != user:
            raise
        identity = entry_class.create_from_request(request).identity
    return identity


def forget_deleted(instance: Any, **kwargs: Any) -> None:
    """Receiver of ``post_delete`` for the user model."""
    outdate_count()
    try:
        forget(active_users_settings.KEY_CLASS.identity_of(instance))
    except (ImproperlyConfigured, ActiveUsersUnavailable):
        logger.exception("Cannot forget the deleted user %s, who stays active until the window ends", instance.pk)
