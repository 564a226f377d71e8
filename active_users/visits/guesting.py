"""Notes guests: visitors without a login whose pages poll."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest

from active_users.guests import identify_guest
from active_users.settings import active_users_settings
from active_users.store.current import forget, get_store_for_notes, memo
from active_users.visits.visit import Opened


def note_guest(request: HttpRequest, reads: Opened | None) -> None:
    """
    Note the visitor who polls, and the place that they read, if the site counts guests.

    A program that brings a token is none.
    """
    if not active_users_settings.TRACK_GUESTS or "HTTP_AUTHORIZATION" in request.META:
        return
    store = get_store_for_notes()
    if store is None:
        return
    guest, interval = identify_guest(request), active_users_settings.TOUCH_INTERVAL
    key = "guest", store.tenant, guest.identity
    if reads is not None or memo.recall(key, interval) is None:
        memo.remember(key, "", interval)
        (place, opens), discard = reads or (None, True), partial(memo.discard, key)
        store.note(guest.identity, place=place, opens=opens, formerly=guest.formerly, on_failure=discard)


def forget_guest(request: HttpRequest) -> None:
    """Forget the visitor as a guest, because they have logged in. Others with their address come back as they poll."""
    if active_users_settings.TRACK_GUESTS:
        forget(identify_guest(request).identity)
