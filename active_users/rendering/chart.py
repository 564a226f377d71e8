"""The history as a chart that the server draws, and as a table."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import count
from math import ceil
from typing import Final, NamedTuple

from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.timezone import is_aware, localtime

from active_users.api.times import to_time
from active_users.exceptions import ActiveUsersUnavailable
from active_users.paging import parse_whole_number
from active_users.rendering.pieces import render
from active_users.settings import active_users_settings
from active_users.store.current import get_store
from active_users.store.past import MINUTES_KEPT, Past, Tally

# About as many as a screen can show, and few enough for a page.
MAX_INTERVALS: Final = 300
MAX_LINES: Final = 4
MAX_TICKS: Final = 4
MARGIN: Final = 0.1
MAX_ROWS: Final = 28
# In minutes. Each divides a day, so that it begins at midnight.
CLOCK_STEPS: Final = (10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440)
MINUTE: Final = 60_000


class Line(NamedTuple):
    """A line at a round number, and how far below the top it is, in percent."""

    number: int
    position: str


class Tick(NamedTuple):
    """A time below the chart, and how far right its middle is, in percent."""

    at: datetime
    position: str


class Peak(NamedTuple):
    """The highest number of the time that begins ``at``. Without numbers if nothing is known."""

    at: datetime
    users: int | None = None
    guests: int | None = None
    total: int | None = None


@dataclass(frozen=True)
class Chart:
    """
    The history of some hours. Its intervals are ``step`` minutes long, and are counted since 1970.

    An interval in which nobody was noted is a gap, never a 0: it may have been empty, or the site or Redis was down,
    and the history does not say which.
    """

    hours: int
    past: Past

    @cached_property
    def step(self) -> int:
        """Not shorter than the window, up to a twelfth of the time: who is active at its end was noted in it."""
        window = ceil(active_users_settings.KEY_EXPIRE / 60)
        return max(ceil(self.hours * 60 / MAX_INTERVALS), min(window, self.hours * 60 // 12))

    @cached_property
    def first(self) -> int:
        return (self.past.current - self.hours * 60 + 1) // self.step

    @cached_property
    def width(self) -> int:
        """How many intervals there are."""
        return self.past.current // self.step - self.first + 1

    @property
    def height(self) -> int:
        return self.lines[-1].number

    @cached_property
    def peaks(self) -> Mapping[int, Tally]:
        """The highest number of each interval in which somebody was noted."""
        return _find_peaks((tally.milliseconds // MINUTE // self.step, tally) for tally in self.past.minutes)

    @cached_property
    def highest(self) -> Peak:
        tally = max(self.past.minutes, key=_total)
        return Peak(to_time(tally.milliseconds), *tally[1:], _total(tally))

    @cached_property
    def has_guests(self) -> bool:
        return any(tally.guests for tally in self.past.minutes)

    @property
    def everybody(self) -> str:
        """The outline of users and guests, for the ``d`` of a path. Its units are an interval and a person."""
        return self._outline({interval: _total(tally) for interval, tally in self.peaks.items()})

    @property
    def users(self) -> str:
        """The outline of users."""
        return self._outline({interval: tally.users for interval, tally in self.peaks.items()})

    @cached_property
    def lines(self) -> Sequence[Line]:
        """From 0 to at least the highest number."""
        most = max(map(_total, self.peaks.values()))
        steps = (factor * 10**power for power in count() for factor in (1, 2, 5))
        step = next(step for step in steps if most <= MAX_LINES * step)
        numbers = range(0, most + step, step)
        return [Line(number, _percent(1 - number / numbers[-1])) for number in numbers]

    @property
    def ticks(self) -> Iterator[Tick]:
        """At round times of the reader's clock, as far from the sides as their text needs."""
        begin, end = self._bounds
        for milliseconds in self._split(MAX_TICKS):
            share = (milliseconds - begin) / (end - begin)
            if MARGIN < share < 1 - MARGIN:
                yield Tick(_to_local(milliseconds), _percent(share))

    @property
    def rows(self) -> Iterator[Peak]:
        """The highest number of each hour, or of more or fewer minutes, by the reader's clock."""
        begins = self._split(MAX_ROWS)
        peaks = _find_peaks((bisect_right(begins, tally.milliseconds) - 1, tally) for tally in self.past.minutes)
        for number, begin in enumerate(begins):
            numbers = (*peaks[number][1:], _total(peaks[number])) if number in peaks else ()
            yield Peak(_to_local(begin), *numbers)

    @property
    def _bounds(self) -> tuple[int, int]:
        """In milliseconds since 1970."""
        return self.first * self.step * MINUTE, (self.first + self.width) * self.step * MINUTE

    def _split(self, most: int) -> list[int]:
        """
        Round times of the reader's clock, about ``most`` or each midnight, in milliseconds since 1970.

        The first is not after the beginning.
        """
        begin, end = self._bounds
        step = next((step for step in CLOCK_STEPS if self.hours * 60 <= most * step), CLOCK_STEPS[-1])
        wall = _to_local(begin)
        wall -= timedelta(minutes=(wall.hour * 60 + wall.minute) % step)
        found: list[int] = []
        # Added to what the clock on the wall shows, which goes on evenly also where summer time begins or ends.
        while (milliseconds := int(wall.timestamp() * 1000)) < end:
            if milliseconds not in found:
                found.append(milliseconds)
            wall += timedelta(minutes=step)
        return found

    def _outline(self, heights: Mapping[int, int]) -> str:
        path: list[str] = []
        for interval, height in heights.items():
            before, after = heights.get(interval - 1), heights.get(interval + 1)
            if before is None:
                path.append(f"M{interval - self.first} {self.height}")
            if height != before:
                path.append(f"V{self.height - height}")
            path.append("h1")
            if after is None:
                path.append(f"V{self.height}")
        return "".join(path)


def parse_hours(value: object) -> int:
    return parse_whole_number("hours", value, minimum=1, maximum=MINUTES_KEPT // 60)


def render_chart(request: HttpRequest | None, *, hours: int) -> SafeString:
    """The chart, or a sentence while Redis does not answer, or while there is nothing to show."""
    past = _read(hours)
    context = {
        "hours": hours,
        "days": 0 if hours % 24 or hours == 24 else hours // 24,
        "is_known": past is not None,
        "chart": Chart(hours, past) if past and past.minutes else None,
    }
    return render("active_users/chart.html", context, request)


def _read(hours: int) -> Past | None:
    try:
        return get_store().past(minutes=hours * 60).result()
    except ActiveUsersUnavailable:
        return None


def _find_peaks(numbered: Iterator[tuple[int, Tally]]) -> dict[int, Tally]:
    """The highest of those with the same number."""
    peaks: dict[int, Tally] = {}
    for number, tally in numbered:
        if number not in peaks or _total(tally) > _total(peaks[number]):
            peaks[number] = tally
    return peaks


def _total(tally: Tally) -> int:
    return tally.users + tally.guests


def _to_local(milliseconds: int) -> datetime:
    """As the reader's clock shows it, without its seconds."""
    at = to_time(milliseconds)
    return (localtime(at) if is_aware(at) else at).replace(second=0, microsecond=0)


def _percent(share: float) -> str:
    """As text, which no language writes with a comma."""
    return f"{100 * share:.4g}%"
