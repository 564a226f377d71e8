"""Writes the table: for the terminal, ``results.md`` and the README."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figure import Figure

DIRECTORY = Path(__file__).resolve().parent
BEGIN, END = "<!-- what `make bench` measured -->", "<!-- until here -->"


def to_text(figures: Sequence[Figure], circumstances: str) -> str:
    """The figures one below the other, because the table is too wide for a terminal."""
    lines = [circumstances, ""]
    for figure in figures:
        lines += [
            f"{figure.row:>2}  {figure.verdict.upper():11}  {figure.what}",
            f"      target    {figure.target}",
            f"      measured  {figure.measured}",
            f"      peer      {figure.peer}",
            *textwrap.wrap(f"timed     {figure.timed}", 110, initial_indent=" " * 6, subsequent_indent=" " * 16),
        ]
    short = sum(not figure.holds for figure in figures)
    lines += ["", f"{len(figures) - short} figures hold, {short} fall short."]
    return "\n".join(lines)


def write(figures: Sequence[Figure], circumstances: str) -> None:
    """Write ``results.md`` beside this file, and the table into the README."""
    table = _to_table(figures)
    timed = "\n".join(f"* {figure.row}, {figure.what}: {figure.timed}." for figure in figures)
    results = f"{table}\n\nMeasured on {circumstances}. How each figure was measured:\n\n{timed}\n"
    (DIRECTORY / "results.md").write_text(results, "utf-8")
    readme = DIRECTORY.parent / "README.md"
    before, _, rest = readme.read_text("utf-8").partition(BEGIN)
    readme.write_text(f"{before}{BEGIN}\n{table}\n{END}{rest.partition(END)[2]}", "utf-8")


def _to_table(figures: Sequence[Figure]) -> str:
    rows = [("#", "figure", "target", "measured", "0.4.1", ""), ("---",) * 6]
    rows += [
        (str(figure.row), figure.what, figure.target, figure.measured, figure.peer, figure.verdict)
        for figure in figures
    ]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in rows)
