"""``manage.py active_users``"""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from contextlib import suppress
from functools import partial
from typing import Any, Final

from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext, pgettext

from active_users import api
from active_users.exceptions import ActiveUsersUnavailable
from active_users.management.table import draw_table
from active_users.management.waiting import wait_until_idle
from active_users.paging import parse_whole_number
from active_users.places import shorten
from active_users.rendering.clock import to_second
from active_users.settings import active_users_settings
from active_users.store.answers import Counts
from active_users.store.current import get_store, wait_for_redis
from active_users.visits.counting import counts_in

# What the command exits with, apart from 0. An error has Django's 1.
TIMED_OUT, UNKNOWN, INTERRUPTED = 1, 2, 130
# For how many seconds a deployment waits unless it says so, and the most that it may say.
TIMEOUT: Final = 300
MAX_NUMBER: Final = 1_000_000_000
# During a wait the number may be unknown for as long as Redis takes to be tried this many times.
TRIES: Final = 3


class Command(BaseCommand):
    help = "Lists the people who are active, with all that is known about them."
    _width = 0  # of the progress that the terminal shows

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_mutually_exclusive_group()
        actions.add_argument("--count", action="store_true", help="Print how many people are active, without guests.")
        actions.add_argument(
            "--forget", metavar="NAME", help="Make the person with this username or primary key inactive."
        )
        actions.add_argument("--forget-record", action="store_true", help="Forget the highest number of people ever.")
        actions.add_argument(
            "--wait-until-idle",
            action="store_true",
            help="Wait until at most N people and guests are active. Exits with 0 then, with 1 if that takes too long, "
            "and with 2 if their number is unknown.",
        )
        parser.add_argument("--place", help="Only the people in this place, such as the path of a page.")
        parser.add_argument("--json", action="store_true", help="Print the list or the count as JSON.")
        parser.add_argument("--max-active", type=_number, metavar="N", help="How many may be active. Defaults to 0.")
        parser.add_argument(
            "--timeout", type=_number, metavar="SECONDS", help=f"Wait for at most this long. Defaults to {TIMEOUT}."
        )

    def handle(self, **options: Any) -> None:
        _check(options)
        place, as_json = options["place"], options["json"]
        try:
            wait_for_redis()
            if options["forget"] is not None:
                self._forget(options["forget"])
            elif options["forget_record"]:
                self._forget_record()
            elif options["wait_until_idle"]:
                self._wait_until_idle(place, options["max_active"] or 0, options["timeout"])
            elif options["count"]:
                self._print_count(place, as_json=as_json)
            else:
                self._print_list(place, as_json=as_json)
        except ActiveUsersUnavailable as error:
            raise CommandError(gettext("It is not known who is active. %s") % error, returncode=UNKNOWN) from error
        except ImproperlyConfigured as error:  # of the site's entry class
            raise CommandError(str(error)) from error

    def _print_list(self, place: str | None, *, as_json: bool) -> None:
        guests, people = _count_guests(place), api.get_active_users(place=place)
        if as_json:
            data = [
                {**person, "since": person.since.isoformat(), "last_seen": person.last_seen.isoformat()}
                for person in people
            ]
            self._print_json(len(people), guests, data=data)
            return
        self._print(_say_people(len(people)))
        if guests is not None:
            self._print(_say_guests(guests))
        if people:
            headings = (
                pgettext("active users", "Who"),
                pgettext("active users", "Name"),
                pgettext("active users", "Here since"),
                pgettext("active users", "Last seen"),
                pgettext("active users", "Address"),
            )
            self._print(f"\n{draw_table(headings, map(_to_row, people))}")

    def _print_count(self, place: str | None, *, as_json: bool) -> None:
        people, guests = _count(place)
        if as_json:
            self._print_json(people, guests if active_users_settings.TRACK_GUESTS else None)
        else:
            self._print(str(people))

    def _print_json(self, people: int, guests: int | None, **more: Any) -> None:
        counts = {"count": people} if guests is None else {"count": people, "guests": guests}
        self._print(json.dumps(counts | more, indent=2))

    def _forget(self, name: str) -> None:
        forgotten = sum(map(api.forget, _find_users(name)))
        text = ngettext("%(count)s person was forgotten.", "%(count)s people were forgotten.", forgotten)
        self._print(text % {"count": number_format(forgotten)})

    def _forget_record(self) -> None:
        was_there = api.forget_record()
        self._print(gettext("The record was forgotten.") if was_there else gettext("There was no record."))

    def _wait_until_idle(self, place: str | None, max_active: int, timeout: float | None) -> None:
        timeout = TIMEOUT if timeout is None else timeout
        try:
            active = wait_until_idle(
                partial(_count_if_notable, place),
                lost_at=lambda: get_store().connection.lost_at,
                window=active_users_settings.KEY_EXPIRE,
                max_active=max_active,
                timeout=timeout,
                patience=TRIES * active_users_settings.RETRY_AFTER,
                tell=self._tell if self.stdout.isatty() else lambda active, left: None,
            )
        except KeyboardInterrupt:
            raise CommandError(gettext("The wait was interrupted."), returncode=INTERRUPTED) from None
        finally:
            self._end_progress()
        if active > max_active:
            text = ngettext("%(count)s person is still active.", "%(count)s people are still active.", active)
            raise CommandError(text % {"count": number_format(active)}, returncode=TIMED_OUT)
        self._print(_say_people(active))

    def _tell(self, active: int | None, left: float) -> None:
        """Show how the wait goes, in a line that the next one replaces."""
        now = gettext("It is not known who is active.") if active is None else _say_people(active)
        text = gettext("%(now)s Waiting for another %(seconds)d s.") % {"now": now, "seconds": left}
        self.stdout.write(self._encodable(f"\r{text:<{self._width}}"), ending="")
        self.stdout.flush()
        self._width = len(text)

    def _end_progress(self) -> None:
        if self._width:
            self.stdout.write("")

    def _print(self, text: str) -> None:
        self.stdout.write(self._encodable(text))

    def _encodable(self, text: str) -> str:
        """With escapes for what the terminal's encoding lacks, so that no name is an error."""
        encoding = getattr(self.stdout, "encoding", None) or "utf-8"
        return text.encode(encoding, "backslashreplace").decode(encoding)


def _check(options: dict[str, Any]) -> None:
    """Raise ``CommandError`` for an option that means nothing beside another one."""
    waits = options["wait_until_idle"]
    lists = not waits and not options["forget_record"] and options["forget"] is None
    means_something = {"max_active": waits, "timeout": waits, "place": waits or lists, "json": lists}
    for name, does in means_something.items():
        if not does and options[name] is not None and options[name] is not False:
            needs = "--wait-until-idle" if name in ("max_active", "timeout") else "the list or the count"
            raise CommandError(f"--{name.replace('_', '-')} goes with {needs}.")
    if options["place"] == "":
        raise CommandError("--place should name a place, not ''.")


def _count(place: str | None) -> Counts:
    """How many users and guests are active, of one moment."""
    return counts_in([] if place is None else [shorten(place)])[-1]


def _count_if_notable(place: str | None) -> int:
    """How many are active, guests too. Unknown while nobody could be noted: then the number only falls."""
    get_store().probe().result()
    users, guests = _count(place)
    return users + guests * active_users_settings.TRACK_GUESTS


def _count_guests(place: str | None) -> int | None:
    """How many guests are active, or ``None`` if the site does not count them."""
    return api.get_active_guests_count(place=place) if active_users_settings.TRACK_GUESTS else None


def _find_users(name: str) -> list[Any]:
    """The people with this username, or else with this primary key. Raises ``CommandError`` if there is nobody."""
    model: Any = get_user_model()
    for field in (model.USERNAME_FIELD, "pk"):
        with suppress(ValidationError, ValueError, OverflowError):
            if users := list(model._base_manager.filter(**{field: name})):
                return users
    raise CommandError(gettext("Nobody has the username or primary key %r.") % name)


def _say_people(count: int) -> str:
    return ngettext("%(count)s person is active.", "%(count)s people are active.", count) % {
        "count": number_format(count)
    }


def _say_guests(count: int) -> str:
    return ngettext("%(count)s guest is active.", "%(count)s guests are active.", count) % {
        "count": number_format(count)
    }


def _to_row(person: api.ActiveUser) -> list[str]:
    times = [to_second(at, "SHORT_DATETIME_FORMAT") for at in (person.since, person.last_seen)]
    return [person.get("user_id", ""), person.name, *times, person.get("ip", "")]


def _number(text: str) -> int:
    try:
        return parse_whole_number("the value", text, maximum=MAX_NUMBER)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None
