"""The table: for the terminal, as Markdown and as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.figure import Figure

DIRECTORY = Path(__file__).resolve().parent
BEGIN, END = "<!-- what `make bench` measured -->", "<!-- until here -->"


def to_text(figures: Sequence[Figure], circumstances: Mapping[str, str]) -> str:
    """One figure after the other, for no terminal is as wide as the table."""
    lines = [", ".join(f"{name} {value}" for name, value in circumstances.items()), ""]
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


def to_table(figures: Sequence[Figure]) -> str:
    rows = [("#", "figure", "target", "measured", "0.4.1", ""), ("---",) * 6]
    rows += [
        (str(figure.row), figure.what, figure.target, figure.measured, figure.peer, figure.verdict)
        for figure in figures
    ]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in rows)


def to_markdown(figures: Sequence[Figure], circumstances: Mapping[str, str]) -> str:
    timed = "\n".join(f"* {figure.row}, {figure.what}: {figure.timed}." for figure in figures)
    measured_on = ", ".join(f"{name} {value}" for name, value in circumstances.items())
    return f"{to_table(figures)}\n\nMeasured on {measured_on}. What is timed:\n\n{timed}\n"


def write(figures: Sequence[Figure], circumstances: Mapping[str, str]) -> None:
    """Write ``results.json`` and ``results.md`` beside this file, and the table into the README."""
    results = {
        "circumstances": dict(circumstances),
        "figures": [{**asdict(figure), "holds": figure.holds} for figure in figures],
    }
    (DIRECTORY / "results.json").write_text(json.dumps(results, ensure_ascii=False, indent=2) + "\n", "utf-8")
    (DIRECTORY / "results.md").write_text(to_markdown(figures, circumstances), "utf-8")
    readme = DIRECTORY.parent / "README.md"
    before, _, rest = readme.read_text("utf-8").partition(BEGIN)
    readme.write_text(f"{before}{BEGIN}\n{to_table(figures)}\n{END}{rest.partition(END)[2]}", "utf-8")
