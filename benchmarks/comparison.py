"""Measures two things side by side, so that anything else the machine does affects both."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Comparison:
    """Pairs of measurements, ours and another, one pair per round."""

    rounds: Sequence[tuple[float, float]]

    @property
    def ours(self) -> float:
        return median(ours for ours, _ in self.rounds)

    @property
    def other(self) -> float:
        return median(other for _, other in self.rounds)

    @property
    def ratio(self) -> float:
        """The median of the ratios within each round."""
        return median(ours / other for ours, other in self.rounds)


def compare(rounds: int, ours: Callable[[], float], other: Callable[[], float]) -> Comparison:
    """Measure both once per round, in random order."""
    pairs = []
    for _ in range(rounds):
        measured = {measure: measure() for measure in random.sample([ours, other], 2)}
        pairs.append((measured[ours], measured[other]))
    return Comparison(pairs)
