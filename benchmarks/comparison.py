"""Measuring side by side: rounds in random order, ratios within each round, medians over all."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from statistics import median


def interleave(rounds: int, sides: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Measure every side once per round, in random order; each side's measurements, round by round."""
    measured: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name in random.sample(list(sides), len(sides)):
            measured[name].append(sides[name]())
    return measured


def ratio(ones: Sequence[float], others: Sequence[float]) -> float:
    """The median of the ratios within each round."""
    return median(one / other for one, other in zip(ones, others, strict=True))


def percentile(values: Sequence[float], part: float) -> float:
    """The value that ``part`` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
