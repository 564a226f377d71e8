"""The answer to a poll: the pieces of a page that have changed since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.http import HttpRequest, QueryDict
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from active_users.rendering.pieces import PIECES, Content, CountAndList, Moment, Piece

# More than a page has. A bound, because each may render a list.
MAX_PIECES: Final = 20


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


def render_update(request: HttpRequest, pieces: Mapping[Piece, set[str]]) -> SafeString:
    """Those of the pieces that should show something else, all of one moment. Empty if none should."""
    moment = Moment(request, limit=max((piece.limit for piece in pieces), default=0))
    contents = [(Content(piece, moment), shown) for piece, shown in pieces.items()]
    return format_html_join("", "{}", [(content.update,) for content, shown in contents if shown != {content.shown}])
