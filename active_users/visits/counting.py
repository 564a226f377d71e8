"""
The numbers of active people that a page prints.

If no note has asked for it, it is asked for when it is printed, which takes a round trip. Where the same page printed
it the last time, it is asked for before the view runs, and has usually arrived when it is printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from django.http import HttpRequest

from active_users.connections.base import Reply
from active_users.exceptions import ActiveUsersUnavailable
from active_users.store.answers import Answer, Combined, Counts
from active_users.store.current import get_store, get_tenant
from active_users.store.sharded import ActiveUserStore
from active_users.visits.visit import Asked, Page, get_visit

# More pages than a site has that print the number. A bound, because a visitor chooses the method of a request.
MAX_PAGES: Final = 1000
printing_pages: set[Page | None] = set()


def ask_ahead(request: HttpRequest) -> None:
    """Before the view, and after any note: ask for the number if the page will probably print it. Waits for nothing."""
    visit, match = get_visit(request), request.resolver_match
    if visit is None or match is None:
        return
    # Members and strangers apart, because pages often show the number only to one of them.
    visit.page = request.method, match.route, visit.is_settled or visit.is_due
    if visit.page in printing_pages and visit.asked is None:
        with suppress(ActiveUsersUnavailable):
            store = get_store()
            if not store.connection.is_paused:
                visit.asked = Asked(store.tenant, _ask(store))


def learn(request: HttpRequest) -> None:
    """After the response: ask no more ahead for a page that did not print the number."""
    visit = get_visit(request)
    if visit is not None and not visit.has_printed:
        printing_pages.discard(visit.page)


def counts_for(request: HttpRequest | None) -> Counts:
    """How many users and guests are active, asked for once per request. Raises ``ActiveUsersUnavailable``."""
    visit = get_visit(request)
    if visit is None:
        return _ask(get_store()).result()
    visit.has_printed = True
    if visit.page not in printing_pages:
        if len(printing_pages) >= MAX_PAGES:
            printing_pages.clear()
        printing_pages.add(visit.page)
    asked = visit.asked
    if asked is None or asked.tenant != get_tenant(visit.settings.cache):
        store = get_store()
        visit.asked = asked = Asked(store.tenant, _ask(store))
    return asked.answer.result()


def count_for(request: HttpRequest | None) -> int:
    """How many users are active. See ``counts_for()``."""
    return counts_for(request).users


def settle_users(request: HttpRequest | None, listed: int) -> int:
    """
    How many users are active on this page: what it has asked for already, else what has just come with a list.

    So the number beside a list is the one at the top of the page.
    """
    visit = get_visit(request)
    if visit is None:
        return listed
    store = get_store()
    if store.has_guests or visit.asked is not None:
        return count_for(request)
    visit.asked = Asked(store.tenant, Combined[Counts, Counts]([], lambda _: Counts(listed, 0)))
    return listed


def counts_in(places: Sequence[str]) -> list[Counts]:
    """How many users and guests are active, and then in each of ``places``, all of one moment."""
    return get_store().counts(places).result()


def answer_of_note(store: ActiveUserStore, reply: Reply[int]) -> Asked | None:
    """What the reply to a note says about all: nothing if it counts only one shard, or no guests."""
    if store.shards > 1 or store.has_guests:
        return None
    return Asked(store.tenant, Combined([reply], lambda counts: Counts(max(counts[0], ~counts[0]), 0)))


def _ask(store: ActiveUserStore) -> Answer[Counts]:
    if store.has_guests:
        return Combined([store.counts()], lambda parts: parts[0][0])
    return _without_guests(store.count())


def _without_guests(users: Answer[int]) -> Answer[Counts]:
    return Combined([users], lambda parts: Counts(parts[0], 0))
