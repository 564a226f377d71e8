"""
Decides from noisy rounds whether a target is reached or missed, or that this cannot be told.

Each round measures all sides of a comparison, one after the other, and gives one value, such as the ratio of two sides.
The figure is the median of those values. A target is decided once the confidence interval of the median lies on one
side of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final, Literal

# ruff: noqa: RUF002 - the multiplication sign is meant

# How often at most the intervals are looked at, and how likely all those looks together go wrong.
LOOKS: Final = 4
ERROR: Final = 0.05

Verdict = Literal["holds", "falls short", "cannot tell here"]
# What each side of a comparison measured.
Round = Mapping[str, float]


@dataclass(frozen=True)
class Estimate:
    """A value and its confidence interval."""

    value: float
    low: float
    high: float


def estimate_median(values: Sequence[float]) -> Estimate:
    """
    The median and its confidence interval at the level 1 - ``ERROR`` / ``LOOKS``, whatever the distribution is.

    The interval reaches from the j-th smallest to the j-th greatest of n values, where j is the greatest number for
    which a binomial variable of n trials with probability 1/2 is less than j with at most half the chance of an error
    (J.-Y. Le Boudec, Performance Evaluation of Computer and Communication Systems, theorem 2.1). Dividing the error by
    the number of looks is Bonferroni's correction. There is no such interval for fewer than 8 values.
    """
    ordered, n = sorted(values), len(values)
    j, ways, ways_up_to_j = 0, 1, 1  # of 2**n
    while ways_up_to_j <= 2**n // round(2 * LOOKS / ERROR):
        j += 1
        ways = ways * (n - j + 1) // j
        ways_up_to_j += ways
    low, high = (ordered[j - 1], ordered[n - j]) if j else (-math.inf, math.inf)
    return Estimate(median(ordered), low, high)


@dataclass(frozen=True)
class Target:
    """
    What we promise. ``unit`` says what the value is compared to: "≤ 0.5 × the peer's".

    A target that ``is_exact`` needs no second round, because no noise can reach it.
    """

    comparison: Literal["≤", "≥"]
    bound: float
    unit: str
    estimate: Callable[[Sequence[Round]], Estimate]
    write: Callable[[float], str]
    is_exact: bool = False

    def __str__(self) -> str:
        bound = f"{self.comparison} {self.write(self.bound)}" if self.bound else "no"
        return f"{bound} {self.unit}".strip()

    def judge(self, estimate: Estimate) -> Verdict:
        sign = 1 if self.comparison == "≤" else -1
        nearest, farthest = sorted(sign * (end - self.bound) for end in (estimate.low, estimate.high))
        if farthest <= 0:
            return "holds"
        return "falls short" if nearest > 0 else "cannot tell here"


def number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def duration(seconds: float) -> str:
    """A time in the unit that reads best."""
    for unit, size in (("s", 1), ("ms", 1e-3)):
        if abs(seconds) >= 0.9995 * size:  # which three digits round to 1
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


Value = Callable[[Round], float]


def side(name: str) -> Value:
    return lambda one: one[name]


def ratio(name: str, control: str) -> Value:
    return lambda one: one[name] / one[control]


def difference(name: str, control: str) -> Value:
    return lambda one: one[name] - one[control]


def at_most(bound: float, value: Value, unit: str = "", write: Callable[[float], str] = number) -> Target:
    """The median of a value of each round is at most ``bound``."""
    return Target("≤", bound, unit, lambda rounds: estimate_median([value(one) for one in rounds]), write)


def at_least(bound: float, value: Value, unit: str = "", write: Callable[[float], str] = number) -> Target:
    return replace(at_most(bound, value, unit, write), comparison="≥")


def never_above(
    bound: float, name: str, unit: str = "", write: Callable[[float], str] = number, *, control: str = ""
) -> Target:
    """
    No value of this side is greater than ``bound``.

    What the ``control`` shows may be the machine's doing on our side too, so that much of ours is uncertain.
    """

    def estimate(rounds: Sequence[Round]) -> Estimate:
        most = max(one[name] for one in rounds)
        return Estimate(most, most - max(one.get(control, 0) for one in rounds), most)

    return Target("≤", bound, unit, estimate, write, is_exact=True)
