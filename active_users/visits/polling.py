"""Notes the readers of pages: people, and guests, whose pages poll."""

from __future__ import annotations

from contextlib import suppress

from django.http import HttpRequest

from active_users.exceptions import ActiveUsersUnavailable
from active_users.principals import is_person
from active_users.store.current import get_store_for_notes, memo
from active_users.visits.guesting import note_guest
from active_users.visits.noting import explain, log_failure, memo_key, note, send_note, should_note_before_view
from active_users.visits.unread import is_unasked
from active_users.visits.visit import LOGOUT_TAKES, NOBODY, Known, Opened, Visit, get_visit


def note_reader(
    request: HttpRequest, known: Known | None = None, *, age: float = 0, reads: Opened | None = None
) -> Known | None:
    """
    Note the person whose page polls, although a poll is exempt, and the place that they read, if any. What else
    excludes requests, or hides people, holds.

    Returns who it is, or ``None`` if nobody looked. With what this has returned ``age`` seconds ago, it neither loads
    the session nor looks at the user.
    """
    if get_visit(request) is None:  # without our middleware, or with a subclass for which polls don't count
        return None
    should_note_before_view(request, None)
    visit = get_visit(request)
    try:
        if visit is None or visit.is_excluded:
            return None
        visit.reads = reads
        key = memo_key(request, visit)
        if key is None:
            _note_guest(request, visit)
            return None
        visit.began -= age + LOGOUT_TAKES
        visit.is_over, visit.is_excluded = True, True  # what follows is all: the response will bring nothing new
        if known is None:
            note(request)
            known = visit.known
        elif known.identity and not (visit.is_settled and reads is None):
            store = get_store_for_notes()
            if store is not None:
                send_note(store, visit, key, known)
            else:
                explain(request, "paused")
        if known == NOBODY:
            _note_guest(request, visit)
    except Exception as error:
        log_failure(request, error)
    return known


def heed_refusal(request: HttpRequest, known: Known | None) -> None:
    """
    If Redis has left out the reader because another process has forgotten them since, forget them here too.

    So the next poll looks whether they are still logged in. This one does not wait for what Redis said.
    """
    visit = get_visit(request)
    reply = None if visit is None else visit.noted
    if known and reply is not None and reply.is_settled:
        with suppress(ActiveUsersUnavailable):
            if reply.result() < 0:
                memo.forget(known.identity)


def _note_guest(request: HttpRequest, visit: Visit) -> None:
    user = getattr(request, "user", None)
    if is_unasked(user) or not is_person(user):  # a person without a session is known by something else
        note_guest(request, visit.reads)
