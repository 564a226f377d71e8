"""The answer to a poll: the pieces of a page that have changed since."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from typing import Final, NamedTuple

from django.http import HttpRequest, QueryDict
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from active_users.access import list_fields, list_places, visible_fields
from active_users.api import get_record
from active_users.api.people import Order
from active_users.exceptions import ActiveUsersUnavailable
from active_users.paging import PAGE, parse_whole_number
from active_users.permission import holds_permission
from active_users.rendering.count import UNKNOWN
from active_users.rendering.count_and_list import Count, CountAndList
from active_users.rendering.here import Readers
from active_users.rendering.overview import Figures, Overview
from active_users.rendering.pieces import Content, Heartbeat, Moment, Piece, Seen
from active_users.rendering.summary import Summary
from active_users.settings import active_users_settings
from active_users.signatures import BadPlace
from active_users.store.answers import Counts
from active_users.store.current import get_tenant
from active_users.store.memo import Recent
from active_users.tickets import read_ticket, write_ticket
from active_users.visits.counting import counts_in
from active_users.visits.polling import heed_refusal, note_reader
from active_users.visits.unread import left_unread
from active_users.visits.visit import Opened

PIECES: Final[dict[str, type[Piece]]] = {
    piece.name: piece for piece in (Count, CountAndList, Readers, Heartbeat, Summary, Figures, Overview)
}
# More than a page has. A bound, because each may render a list.
MAX_PIECES: Final = 20

# A page of many pieces has less than that. A bound, because what is parsed is kept.
MAX_QUERY: Final = 2000

_shared: Final[Recent[Seen]] = Recent()


def parse_query(request: HttpRequest) -> QueryDict:
    """What ``request.GET`` is."""
    text = request.META.get("QUERY_STRING", "")
    return _parse(text) if len(text) <= MAX_QUERY else request.GET


@lru_cache(maxsize=1024)  # cached: the polls of a page bring the same text again and again
def _parse(text: str) -> QueryDict:
    return QueryDict(text)


def parse_pieces(query: QueryDict) -> dict[Piece, set[str]]:
    """
    The pieces of the page, and what each shows, which differs if the page has it twice. Raises ``ValueError``.

    A request that names none asks for the count and the list, with ``limit``.
    """
    pieces: dict[Piece, set[str]] = {}
    named = [shown for shown in query.getlist("shown") if ":" in shown]
    for shown in named:
        name, _, rest = shown.partition(":")
        if name in PIECES:  # otherwise it is another release's
            with suppress(BadPlace):  # signed with a key that we had before, for example: the rest goes on
                pieces.setdefault(PIECES[name].parse(rest.rpartition(":")[0]), set()).add(shown)
    if len(pieces) > MAX_PIECES:
        raise ValueError(f"A page should have at most {MAX_PIECES} different pieces, not {len(pieces)}.")
    parse_whole_number("the sum of all limits", sum(piece.limit for piece in pieces), maximum=PAGE)
    return pieces if named else {CountAndList.parse(query.get("limit", "10")): set()}


class Answer(NamedTuple):
    """The pieces that should show something else, empty if none should, and the next polls' ticket, if it is new."""

    update: SafeString
    ticket: str


def answer_poll(request: HttpRequest, pieces: Mapping[Piece, set[str]], *, presence: str) -> Answer:
    """
    The answer to the poll of a page with these pieces.

    ``presence`` is what the page says of its reader, who is noted: ``""`` if they are not there, ``"opened"`` if they
    have just opened it, else anything.
    """
    places = list(dict.fromkeys(place for piece in pieces if (place := piece.place)))
    reads = Opened(places[0], opens=presence == "opened") if places else None
    limit, new_ticket = max((piece.limit for piece in pieces), default=0), ""
    takes_permission = any(piece.takes_permission for piece in pieces)
    ticket = read_ticket(request)
    lacks = ticket is None or (limit and ticket.fields is None) or (takes_permission and ticket.is_holder is None)
    if ticket is not None and not lacks:
        fields, is_holder, person = ticket.fields, ticket.is_holder, ticket.person
        if presence:
            person = note_reader(request, person, age=ticket.age, reads=reads)
    else:
        ticket = None
        with left_unread(request):
            fields = visible_fields(request, asks_again=True) if limit else None
            is_holder = holds_permission(request, asks_again=True) if takes_permission else None
            person = note_reader(request, reads=reads) if presence else None
            new_ticket = write_ticket(request, fields, is_holder, person)
    find = partial(
        see,
        fields or (),
        limit=limit,
        orders=sorted({piece.order for piece in pieces if piece.limit}),
        places=places,
        needs_record=any(piece.needs_record for piece in pieces),
        sees_busiest=takes_permission and bool(is_holder),
        may_share=ticket is not None,
    )
    moment = Moment(request, find)
    contents = [(Content(piece, moment), shown) for piece, shown in pieces.items()]
    changed = [(content.update,) for content, shown in contents if shown != {content.shown}]
    heed_refusal(request, person)
    return Answer(format_html_join("", "{}", changed) if changed else SafeString(), new_ticket)


def see(
    fields: Sequence[str],
    *,
    limit: int,
    orders: Sequence[Order],
    places: Sequence[str],
    needs_record: bool,
    sees_busiest: bool,
    may_share: bool,
) -> Seen:
    """
    The people, with these fields, for a poll, the record if a piece needs it, and the busiest places if
    the viewer may see them.

    All who may see the same share what was read in the last tenth of the refresh interval: at most that much older is
    what they see. The first poll of a page shares nothing, so that somebody who comes back sees themselves.
    """
    try:
        settings = active_users_settings
        key = (
            settings.of_store()[:6],
            get_tenant(settings.get_cache()),
            settings.KEY_CLASS,
            tuple(fields),
            limit,
            needs_record,
            sees_busiest,
            tuple(orders),
            tuple(places),
        )
        seconds, known = settings.REFRESH_SECONDS / 10, _shared.get(key) if may_share else None
        if known is not None and time.monotonic() - known[0] < seconds:
            return known[1]
        lists = {order: list_fields(fields, limit=limit, order=order) for order in orders if fields}
        if lists and not places and not needs_record and not settings.TRACK_GUESTS:
            counts = [Counts(lists[orders[0]].count, 0)]
        else:
            counts = counts_in(places)
        record = get_record() if needs_record else None  # after the numbers, so that it is not older
        busiest = list_places() if sees_busiest else None
    except ActiveUsersUnavailable:
        return Seen(Counts(UNKNOWN, UNKNOWN))
    users = {order: found.users for order, found in lists.items()}
    seen = Seen(counts[0], users, dict(zip(places, counts[1:], strict=True)), record, busiest)
    _shared.put(key, seen, seconds)
    return seen
