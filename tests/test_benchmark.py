"""How the benchmark decides: tested with made-up timings, because real ones are never the same twice."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from benchmarks.deciding import Round, Target, at_least, at_most, difference, estimate_median, never_above, ratio
from benchmarks.figure import Figure, Measured, Rounds, measure

SPEED = at_most(0.5, ratio("ours", "control"))
SPEED_OF_CONTROL = at_most(1, ratio("control", "control"))


def rounds_of(true_ratio: float, *, noise: float, count: int, seed: int) -> Iterator[Round]:
    """
    A machine whose speed changes by half from round to round, and disturbs each side by up to ``noise`` on its own.

    One round in ten is interrupted, so that one side takes ten times as long.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    for _ in range(count):
        speed = chance.uniform(1, 1.5)
        one = {
            name: seconds * speed * chance.uniform(1, 1 + noise)
            for name, seconds in (("ours", true_ratio * 1e-4), ("control", 1e-4))
        }
        if chance.random() < 0.1:
            one[chance.choice(["ours", "control"])] *= 10
        yield one


def measured(rounds: Iterator[Any], *targets: Target, timed: Sequence[str] = (), seconds: float = 60) -> Measured:
    def give(bench: Any) -> Rounds:
        yield from rounds

    bench: Any = None
    return measure(Figure(0, "something", "somehow", give, targets, timed), bench, seconds=seconds)


def verdicts(measured: Measured) -> list[str]:
    return [verdict for *_, verdict in measured.results]


@pytest.mark.parametrize("seed", range(20))
def test_what_is_clearly_better_than_the_target_holds_and_what_is_clearly_worse_falls_short(seed: int) -> None:
    assert verdicts(measured(rounds_of(0.4, noise=0.3, count=200, seed=seed), SPEED)) == ["holds"]
    assert verdicts(measured(rounds_of(0.6, noise=0.3, count=200, seed=seed), SPEED)) == ["falls short"]


@pytest.mark.parametrize("true_ratio", [0.45, 0.55])
def test_noise_that_hides_the_difference_is_no_verdict(true_ratio: float) -> None:
    told = [verdicts(measured(rounds_of(true_ratio, noise=10, count=20, seed=seed), SPEED))[0] for seed in range(100)]
    assert told.count("cannot tell here") > 80


def test_what_is_exactly_on_the_target_is_seldom_called_a_success_or_a_shortfall() -> None:
    told = [verdicts(measured(rounds_of(0.5, noise=0.3, count=100, seed=seed), SPEED))[0] for seed in range(300)]
    assert told.count("cannot tell here") > 270


def test_fewer_than_eight_rounds_are_too_few_however_alike_they_are() -> None:
    alike = [{"ours": 1.0, "control": 10.0}] * 8
    assert verdicts(measured(iter(alike[:7]), SPEED)) == ["cannot tell here"]
    assert verdicts(measured(iter(alike), SPEED)) == ["holds"]


def test_the_interval_covers_the_median_as_often_as_it_says() -> None:
    chance = random.Random(4711)  # noqa: S311 - no secret
    estimates = [estimate_median([chance.expovariate(1) for _ in range(41)]) for _ in range(4000)]
    covered = sum(one.low <= 0.693147 <= one.high for one in estimates) / len(estimates)
    assert 0.9875 <= covered < 0.998  # the level, and the most by which a whole number of values can exceed it


def test_a_round_in_which_the_machine_was_busy_does_not_count() -> None:
    busy_most_of_the_time = (
        one if number % 5 == 0 else None for number, one in enumerate(rounds_of(0.4, noise=0.3, count=500, seed=1))
    )
    figure = measured(busy_most_of_the_time, SPEED)
    assert (figure.kept, figure.tried, verdicts(figure)) == (100, 500, ["holds"])


def test_rounds_in_which_the_machine_was_slow_do_not_make_a_shortfall() -> None:
    """Whatever slows the control down slows us down even more: without a look at the control, we would fall short."""
    chance = random.Random(4711)  # noqa: S311 - no secret
    rounds: list[Round] = []
    for _ in range(100):
        slower = chance.choice([1, 2, 3, 4, 5])
        rounds.append(
            {"ours": 0.4 * slower**1.5 * chance.uniform(0.9, 1.1), "control": slower * chance.uniform(1, 1.1)}
        )
    assert verdicts(measured(iter(rounds), SPEED)) == ["falls short"]
    assert verdicts(measured(iter(rounds), SPEED, timed=["ours", "control"])) == ["holds"]


@pytest.mark.parametrize("seed", range(10))
def test_rounds_are_not_chosen_in_favour_of_either_side(seed: int) -> None:
    """Each side is slow in half of the rounds, by chance. Of the rounds with a fast control, most would fall short."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    rounds = [{"ours": 0.45 * chance.choice([1, 2]), "control": chance.choice([1, 2])} for _ in range(200)]
    assert verdicts(measured(iter(rounds), SPEED, timed=["ours", "control"])) == ["holds"]


def test_a_machine_that_is_always_busy_cannot_tell() -> None:
    figure = measured(iter([None] * 50), SPEED)
    assert (figure.error, verdicts(figure)) == ("the machine was never quiet", [])


def test_measuring_ends_when_all_targets_are_decided_or_the_time_is_over() -> None:
    def endless(true_ratio: float) -> Iterator[Round]:
        return rounds_of(true_ratio, noise=0.3, count=10_000_000, seed=1)

    assert verdicts(measured(endless(0.4), SPEED, seconds=0.2)) == ["holds"]
    assert verdicts(measured(endless(0.5), SPEED, seconds=0.2)) in (["cannot tell here"], ["holds"], ["falls short"])


@pytest.mark.parametrize(
    ("target", "values", "verdict"),
    [
        (at_least(0.98, ratio("control", "ours")), (1.0, 1.0), "holds"),
        (at_least(0.98, ratio("control", "ours")), (1.1, 1.0), "falls short"),
        (at_most(0.1, difference("ours", "control")), (1.05, 1.0), "holds"),
        (at_most(0.1, difference("ours", "control")), (1.2, 1.0), "falls short"),
    ],
)
def test_each_kind_of_target(target: Target, values: Sequence[float], verdict: str) -> None:
    ours, control = values
    assert verdicts(measured(iter([{"ours": ours, "control": control}] * 8), target)) == [verdict]


@pytest.mark.parametrize(
    ("waited", "control_waited", "verdict"),
    [(0, 0, "holds"), (1, 0, "holds"), (2, 0, "falls short"), (2, 1, "cannot tell here"), (9, 1, "falls short")],
)
def test_of_what_happened_too_often_only_what_the_control_does_not_explain_is_a_shortfall(
    waited: int, control_waited: int, verdict: str
) -> None:
    target = never_above(1, "waited", control="control waited")
    assert verdicts(measured(iter([{"waited": waited, "control waited": control_waited}]), target)) == [verdict]


def test_what_must_never_happen_counts_in_slow_rounds_too() -> None:
    rounds = [{"failed": 0.0, "ours": 1.0, "control": 1.0}] * 20 + [{"failed": 1.0, "ours": 9.0, "control": 9.0}]
    assert verdicts(measured(iter(rounds), never_above(0, "failed"), SPEED_OF_CONTROL, timed=["ours", "control"])) == [
        "falls short",
        "holds",
    ]
