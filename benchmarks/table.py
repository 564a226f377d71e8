"""Writes what was measured: for the terminal, into ``results.md``, and a few figures into the README."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.deciding import ERROR, LOOKS, Estimate, Target
from benchmarks.figure import PEER, Measured

# ruff: noqa: RUF001 - the dash and the multiplication sign are meant

DIRECTORY = Path(__file__).resolve().parent
BEGIN, END = "<!-- what `make bench` measured -->", "<!-- until here -->"
METHOD = f"""\
Figures are measured in rounds. A round measures all sides, one after the other, and gives one value, such as the ratio
of two sides. *Measured* is their median, with its confidence interval (level {1 - ERROR / LOOKS:.2%}): from the j-th
smallest to the j-th greatest value, with j from the binomial distribution (J.-Y. Le Boudec, *Performance Evaluation of
Computer and Communication Systems*, theorem 2.1). As it is looked at {LOOKS} times at most, a verdict is wrong with a
probability of at most {ERROR:.0%} (Bonferroni's correction), if rounds do not influence each other.

Rounds are repeated until the interval lies on one side of the target: the figure *holds* or *falls short*. If time runs
out before, the benchmark *cannot tell here*. A round is left out if its sides together took more than a fifth longer
than in the fastest tenth of the rounds; and where elapsed time counts, if a process could have run but got no CPU for
more than a tenth of the time. Where something may happen only a given number of times, *measured* is the most that was
seen, and the interval begins at that less the most that was seen of the control."""


def to_text(measured: Measured) -> str:
    """A figure for the terminal, for which the table is too wide."""
    lines = [f"{measured.figure.row:>2}  {measured.figure.what}"]
    lines += [
        f"      {verdict.upper():16}  {_value(target, estimate)}; target {target}"
        for target, estimate, verdict in measured.results
    ]
    told = [*(f"{name} {text}" for name, text in _sides(measured).items()), f"{_rounds(measured)} rounds"]
    return "\n".join([*lines, "      " + ", ".join([*told, measured.error] if measured.error else told)])


def count_verdicts(figures: Sequence[Measured]) -> str:
    verdicts = Counter(verdict for each in figures for *_, verdict in each.results)
    return ", ".join(f"{number} × {verdict}" for verdict, number in verdicts.items())


def write(figures: Sequence[Measured], circumstances: str, command: str) -> None:
    """Write ``results.md`` beside this file, and the figures with a headline into the README."""
    how = "\n".join(f"* {each.figure.row}, {each.figure.what}: {each.figure.how}." for each in figures)
    table = _to_table(["#", "figure", "target", "measured", "sides", PEER, "rounds", "verdict"], _rows(figures))
    (DIRECTORY / "results.md").write_text(
        f"# Results of `{command}`\n\n{table}\n\n"
        f"{count_verdicts(figures)}. Measured on {circumstances}.\n\n{METHOD}\n\n"
        f"What each figure measures:\n\n{how}\n",
        "utf-8",
    )
    readme = DIRECTORY.parent / "README.md"
    before, _, rest = readme.read_text("utf-8").partition(BEGIN)
    headlines = _to_table(["", "this package", PEER], _headlines(figures))
    readme.write_text(f"{before}{BEGIN}\n{headlines}\n{END}{rest.partition(END)[2]}", "utf-8")


def _rows(figures: Sequence[Measured]) -> Iterator[list[str]]:
    for each in figures:
        about, sides = [str(each.figure.row), each.figure.what], _sides(each)
        peer = sides.pop(PEER, "–")
        told = [", ".join(f"{name} {text}" for name, text in sides.items()), peer, _rounds(each)]
        for target, estimate, verdict in each.results:
            yield [*about, str(target), _value(target, estimate), *told, verdict]
        if each.error:
            yield [*about, ", ".join(map(str, each.figure.targets)), each.error, *told, "cannot tell here"]


def _headlines(figures: Sequence[Measured]) -> Iterator[list[str]]:
    for each in figures:
        if each.figure.headline:
            yield [each.figure.headline, *(_sides(each).get(name, "unknown") for name in ("ours", PEER))]


def _sides(measured: Measured) -> dict[str, str]:
    return {name: measured.figure.write(value) for name, value in measured.sides.items()}


def _rounds(measured: Measured) -> str:
    return f"{measured.kept} of {measured.tried}"


def _value(target: Target, estimate: Estimate) -> str:
    value, low, high = map(target.write, (estimate.value, estimate.low, estimate.high))
    if low == high:
        return value
    return f"{value}, too few rounds" if math.isinf(estimate.low) else f"{value} [{low}, {high}]"


def _to_table(head: Sequence[str], rows: Iterator[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)
