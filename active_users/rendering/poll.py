"""The answer to a poll: the pieces of a page that have changed since."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

from django.http import HttpRequest, QueryDict
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from active_users.access import list_fields, visible_fields
from active_users.api.people import Order
from active_users.exceptions import ActiveUsersUnavailable
from active_users.rendering.count import UNKNOWN
from active_users.rendering.pieces import PIECES, Content, CountAndList, Moment, Piece, Seen
from active_users.settings import active_users_settings
from active_users.store.answers import Counts
from active_users.store.current import get_tenant
from active_users.store.memo import Recent
from active_users.tickets import Ticket, read_ticket, write_ticket
from active_users.visits.counting import counts_in
from active_users.visits.polling import note_reader
from active_users.visits.visit import Opened

# More than a page has. A bound, because each may render a list.
MAX_PIECES: Final = 20

_shared: Final[Recent[Seen]] = Recent()


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
            pieces.setdefault(PIECES[name].parse(rest.rpartition(":")[0]), set()).add(shown)
    if len(pieces) > MAX_PIECES:
        raise ValueError(f"A page should have at most {MAX_PIECES} different pieces, not {len(pieces)}.")
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
    ticket = read_ticket(request)
    fields, person, age = ticket or Ticket()
    limit = max((piece.limit for piece in pieces), default=0)
    if limit and fields is None:
        fields = visible_fields(request, asks_again=True)
    places = sorted({place for piece in pieces if (place := piece.place)})
    if presence:
        reads = Opened(places[0], opens=presence == "opened") if places else None
        person = note_reader(request, person, age=age, reads=reads)
    orders = sorted({piece.order for piece in pieces if piece.limit})
    find = partial(see, fields or (), limit=limit, orders=orders, places=places, may_share=ticket is not None)
    moment = Moment(request, find)
    contents = [(Content(piece, moment), shown) for piece, shown in pieces.items()]
    changed = [(content.update,) for content, shown in contents if shown != {content.shown}]
    new_ticket = write_ticket(request, fields, person) if ticket is None else ""
    return Answer(format_html_join("", "{}", changed), new_ticket)


def see(fields: Sequence[str], *, limit: int, orders: Sequence[Order], places: Sequence[str], may_share: bool) -> Seen:
    """
    The people, with these fields, for a poll.

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
            *orders,
            *places,
        )
        seconds, known = settings.REFRESH_SECONDS / 10, _shared.get(key) if may_share else None
        if known is not None and time.monotonic() - known[0] < seconds:
            return known[1]
        lists = {order: list_fields(fields, limit=limit, order=order) for order in orders if fields}
        if lists and not places and not settings.TRACK_GUESTS:
            counts = [Counts(lists[orders[0]].count, 0)]
        else:
            counts = counts_in(places)
    except ActiveUsersUnavailable:
        return Seen(Counts(UNKNOWN, UNKNOWN))
    users = {order: found.users for order, found in lists.items()}
    seen = Seen(counts[0], users, dict(zip(places, counts[1:], strict=True)))
    _shared.put(key, seen, seconds)
    return seen
