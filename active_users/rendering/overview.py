"""The pieces of the admin's page: the figures, and who is where. They are for holders of the permission only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final, Self
from urllib.parse import quote

from django.contrib.auth import get_user_model

from active_users.api import ActiveUser
from active_users.paging import parse_limit
from active_users.rendering.clock import to_second
from active_users.rendering.count import UNKNOWN
from active_users.rendering.pieces import Moment, Piece
from active_users.settings import active_users_settings
from active_users.signatures import sign, unsign

# What has a column of its own, or tells nobody anything.
_NOT_SHOWN_AGAIN: Final = ("user_id", "username", "ip", "session_id")


class Figures(Piece):
    """How many users and guests are active, and how many ever were."""

    name = "figures"
    needs_record = True
    takes_permission = True
    template = "admin/active_users/activeuser/figures.html"
    frame = "admin/active_users/activeuser/piece.html"

    def read(self, moment: Moment) -> dict[str, Any]:
        seen = moment.seen
        users, guests = seen.counts
        return {
            "is_known": users is not UNKNOWN,
            "may_see": seen.busiest is not None,
            "users": users,
            "guests": guests if active_users_settings.TRACK_GUESTS else None,
            "total": seen.total,
            "record": seen.record,
            "is_highest_now": seen.is_highest_now,
        }


class Overview(Piece):
    """
    Who is active, since when and where. The options are the limit, and what the names and rows link to, which is for
    those only who may go there: ``100-user-forget``.
    """

    name = "overview"
    takes_permission = True
    template = "admin/active_users/activeuser/overview.html"
    frame = "admin/active_users/activeuser/piece.html"

    @classmethod
    def parse(cls, options: str) -> Self:
        limit, *links = options.split("-")
        piece = cls.of(parse_limit(limit), links)
        if piece.options != options:
            raise ValueError(f"overview should have options such as '100-user-forget', not {options[:40]!r}.")
        return piece

    @classmethod
    def of(cls, limit: int, links: Iterable[str]) -> Self:
        """``links`` are some of "user", each one's page in the user's admin, and "forget"."""
        return cls("-".join([str(limit), *(link for link in ("user", "forget") if link in links)]))

    @property
    def limit(self) -> int:
        return int(self.options.partition("-")[0])

    def read(self, moment: Moment) -> dict[str, Any]:
        people = moment.list_people(self.limit, self.order)
        busiest = moment.seen.busiest
        columns = [field for field in (people[0] if people else ()) if field not in _NOT_SHOWN_AGAIN]
        return {
            "is_known": people.is_known,
            "may_see": busiest is not None,
            "busiest": busiest,
            "is_nobody_there": people.total == 0,
            "columns": [column.replace("_", " ") for column in columns],
            "rows": [Row.of(person, columns) for person in people] if busiest is not None else [],
            "more": people.more,
            "links_users": "-user" in self.options,
            "may_forget": "-forget" in self.options,
            "has_guests": active_users_settings.TRACK_GUESTS,
        }


@dataclass(frozen=True)
class Row:
    """A person in the table. The links are relative to the page, because a poll does not know in which admin it is."""

    name: str
    user_id: str
    since: datetime
    last_seen: datetime
    address: str
    others: list[str]
    identity: str

    @classmethod
    def of(cls, person: ActiveUser, columns: Iterable[str]) -> Self:
        return cls(
            person.name,
            person.get("user_id", ""),
            person.since,
            person.last_seen,
            person.get("ip", ""),
            [person[column] for column in columns],
            person.identity,
        )

    @property
    def html_id(self) -> str:
        """By which htmx finds again the link that has the focus."""
        return blake2b(self.identity.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()

    @property
    def last_seen_to_second(self) -> str:
        return to_second(self.last_seen, "TIME_FORMAT")

    @property
    def user_url(self) -> str:
        options = get_user_model()._meta
        return f"../../{options.app_label}/{options.model_name}/{_quote(self.user_id)}/change/"

    @property
    def forget_url(self) -> str:
        return f"{_quote(sign((self.identity, self.name), 'person'))}/delete/"


def read_person(text: str) -> tuple[str, str]:
    """The identity and the name of whom a link to forget them is about. Raises ``BadSignature``."""
    identity, name = unsign(text, "person")
    return identity, name


def _quote(key: str) -> str:
    """As the admin expects a key in a URL. Its own ``quote()`` is where not every site can import it."""
    return quote(key.replace("_", "_5F"), safe="", errors="surrogatepass")
