"""What is remembered of how many were active: the highest number ever, and that of each minute of a week."""

from __future__ import annotations

import struct
from typing import Any, Final, NamedTuple

MINUTES_KEPT: Final = 7 * 24 * 60
# What _remember.lua packs: the minute since 1970, users, guests.
_MINUTE: Final = struct.Struct(">III")


class Tally(NamedTuple):
    """How many were active, at a time in milliseconds since 1970."""

    milliseconds: int
    users: int
    guests: int


class Past(NamedTuple):
    """
    The highest number ever, if anybody was noted yet, and that of each minute, the oldest first.

    ``current`` is the minute that the server's clock shows, counted since 1970.
    """

    record: Tally | None
    minutes: list[Tally]
    current: int


def parse_past(answer: Any, *, minutes: int) -> Past:
    current, packed, (users, guests, at) = answer
    packed = packed[: len(packed) - len(packed) % _MINUTE.size]
    known = sorted(each for each in _MINUTE.iter_unpack(packed) if current - minutes < each[0] <= current)
    return Past(
        None if at is None else Tally(int(at), int(users), int(guests)),
        [Tally(minute * 60_000, *counts) for minute, *counts in known],
        current,
    )
