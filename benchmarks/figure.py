"""A figure in the table: what we promise, and what was measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

# ruff: noqa: RUF001, RUF002 - the dash and the multiplication sign are meant


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def duration(seconds: float) -> str:
    """A time in the unit that reads best."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    if seconds >= 0.001:
        return f"{seconds * 1e3:.3g} ms"
    return f"{seconds * 1e6:.3g} µs"


@dataclass(frozen=True)
class Promise:
    """
    A measured value, and the bound that we promise for it.

    With a ``unit`` of "× the peer's" the target reads "≤ 0.6 × the peer's", and the result "0.59 × the peer's".
    """

    measured: float
    comparison: Literal["≤", "≥"]
    bound: float
    unit: str = ""
    write: Callable[[float], str] = number

    @property
    def holds(self) -> bool:
        return self.measured <= self.bound if self.comparison == "≤" else self.measured >= self.bound

    @property
    def target(self) -> str:
        bound = f"{self.comparison} {self.write(self.bound)}" if self.bound else "no"
        return f"{bound} {self.unit}".strip()

    @property
    def result(self) -> str:
        return f"{self.write(self.measured)} {self.unit}".strip()


@dataclass(frozen=True)
class Figure:
    """
    A figure holds if all its promises do. One without promises could not be measured.

    ``timed`` says in one line how it was measured, ``note`` adds numbers to the results, and ``peer`` is what 0.4.1
    reaches, if there is anything to compare.
    """

    row: int
    what: str
    timed: str
    promises: Sequence[Promise]
    note: str = ""
    peer: str = "–"

    @property
    def target(self) -> str:
        return ", ".join(promise.target for promise in self.promises)

    @property
    def measured(self) -> str:
        return f"{', '.join(promise.result for promise in self.promises)} {self.note}".strip()

    @property
    def holds(self) -> bool:
        return bool(self.promises) and all(promise.holds for promise in self.promises)

    @property
    def verdict(self) -> str:
        return "holds" if self.holds else "falls short"


def failed(row: int, error: Exception) -> Figure:
    """The figure of a row that could not be measured. The note is the last line of the error, which says why."""
    lines = [type(error).__name__, *str(error).splitlines()]
    return Figure(row, "could not be measured", "nothing", [], note=lines[-1])
