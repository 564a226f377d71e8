"""The record and the history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from active_users.api.times import to_time
from active_users.paging import parse_whole_number
from active_users.store.current import get_store
from active_users.store.past import MINUTES_KEPT, Tally
from active_users.twins import async_twin


@dataclass(frozen=True)
class Moment:
    """How many were active at a time."""

    at: datetime
    users: int
    guests: int

    @property
    def total(self) -> int:
        return self.users + self.guests


def get_record() -> Moment | None:
    """Return the highest number of people ever, users and guests together, and when. ``None`` if there is none yet."""
    record = get_store().past(minutes=1).result().record
    return None if record is None else _to_moment(record)


def forget_record() -> bool:
    """Forget the record, and the current minute of the history. Return whether there was one."""
    return get_store().forget_record().result()


def get_history(*, hours: int = 24) -> list[Moment]:
    """
    Return the highest number of people in each minute of the last ``hours``, the oldest first, of a week at most.

    A minute in which nobody was noted is left out. Raises ``ValueError`` if ``hours`` is not a number from 0 to 168.
    """
    hours = parse_whole_number("hours", hours, maximum=MINUTES_KEPT // 60)
    return [_to_moment(minute) for minute in get_store().past(minutes=hours * 60).result().minutes]


aget_record = async_twin(get_record)
aforget_record = async_twin(forget_record)
aget_history = async_twin(get_history)


def _to_moment(tally: Tally) -> Moment:
    return Moment(to_time(tally.milliseconds), tally.users, tally.guests)
