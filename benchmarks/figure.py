"""A figure of the table: what was promised, and what was measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

# ruff: noqa: RUF001 - the multiplication sign and the dash are meant

NONE: Final = "–"


@dataclass(frozen=True)
class Figure:
    """
    ``timed`` says in one line what was measured; ``measured`` and ``peer`` are text, ``values`` the numbers behind.

    A ``peer`` of ``NONE`` means that the target compares with nothing of the peer's.
    """

    row: int
    what: str
    timed: str
    target: str
    measured: str
    peer: str
    holds: bool
    values: dict[str, float] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        return "holds" if self.holds else "falls short"


def failed(row: int, error: BaseException) -> Figure:
    """The figure of a row that could not be measured, which does not make it hold."""
    what = f"could not be measured: {type(error).__name__}"
    return Figure(row, what, "nothing", "to be measured", str(error).strip()[-200:] or "an error", NONE, holds=False)


def microseconds(seconds: float) -> str:
    """A time in the unit that reads best."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    if seconds >= 0.001:
        return f"{seconds * 1e3:.3g} ms"
    return f"{seconds * 1e6:.3g} µs"


def times(ratio: float) -> str:
    """A ratio, such as 0.36 times."""
    return f"{ratio:,.0f} ×" if ratio >= 100 else f"{ratio:.3g} ×"
