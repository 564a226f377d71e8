"""A figure: what is compared, how, and what we promise; and its measurement, in rounds until that is decided."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Final

from benchmarks.deciding import LOOKS, Estimate, Round, Target, Verdict, duration

if TYPE_CHECKING:
    from benchmarks.bench import Bench

# The side of a comparison that is the peer's.
PEER: Final = "0.4.1"

# ``None`` is a round in which the machine was not quiet.
Rounds = Generator[Round | None]


@dataclass(frozen=True)
class Figure:
    """
    ``how`` says what each side does. ``rounds`` measures for as long as it is asked to. ``timed`` are sides whose times
    show in which rounds the machine was slow; see ``_undisturbed()``. ``sides`` are those that the table shows, all by
    default. ``headline`` names the figure in the README, if it is to be there.
    """

    row: int
    what: str
    how: str
    rounds: Callable[[Bench], Rounds]
    targets: Sequence[Target]
    timed: Sequence[str] = ()
    write: Callable[[float], str] = duration
    sides: Sequence[str] = ()
    headline: str = ""


@dataclass(frozen=True)
class Measured:
    """
    A figure and what was measured for each of its targets. ``sides`` are the medians of all sides.

    ``error`` says why nothing was.
    """

    figure: Figure
    results: Sequence[tuple[Target, Estimate, Verdict]] = ()
    sides: Round = field(default_factory=dict)
    tried: int = 0
    kept: int = 0
    error: str = ""

    @property
    def is_decided(self) -> bool:
        return bool(self.results) and all(verdict != "cannot tell here" for *_, verdict in self.results)


def measure(figure: Figure, bench: Bench, *, seconds: float) -> Measured:
    """
    Measure until every target is decided, or for about this many ``seconds``.

    The targets are looked at after an eighth, a quarter and a half of that time, and at its end. So even quick rounds
    are spread over some seconds, during which the machine does different things.
    """
    quiet: list[Round] = []
    tried, start = 0, 0.0
    is_exact = all(target.is_exact for target in figure.targets)
    looks = [seconds / 2**halvings for halvings in reversed(range(LOOKS))]
    with closing(figure.rounds(bench)) as rounds:
        for one in rounds:
            start = start or time.monotonic()
            tried += 1
            quiet += [one] if one else []
            elapsed = time.monotonic() - start
            if elapsed >= looks[0] or is_exact:
                looks = [look for look in looks if look > elapsed]
                if not looks or _evaluate(figure, quiet, tried).is_decided:
                    break
    return _evaluate(figure, quiet, tried)


def _evaluate(figure: Figure, quiet: Sequence[Round], tried: int) -> Measured:
    kept = _undisturbed(quiet, figure.timed)
    if not kept:
        return Measured(figure, tried=tried, error="the machine was never quiet")
    estimates = [(target, target.estimate(quiet if target.is_exact else kept)) for target in figure.targets]
    results = [(target, estimate, target.judge(estimate)) for target, estimate in estimates]
    sides = {side: median(one[side] for one in kept) for side in figure.sides or kept[0]}
    return Measured(figure, results, sides, tried, len(kept))


def _undisturbed(rounds: Sequence[Round], sides: Sequence[str]) -> list[Round]:
    """
    The rounds that took at most a fifth longer than the fastest tenth of them, ``sides`` taken together.

    Together, because rounds in which just the control was fast would show us slower than we are.
    """
    if not rounds or not sides:
        return list(rounds)
    took = [sum(one[side] for side in sides) for one in rounds]
    longest = 1.2 * sorted(took)[len(took) // 10]
    return [one for one, seconds in zip(rounds, took, strict=True) if seconds <= longest]
