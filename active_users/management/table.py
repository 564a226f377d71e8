"""A table for a terminal, with nothing in it but text and spaces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from unicodedata import category, east_asian_width

GAP = "  "


def draw_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The rows below their headings. A column that is empty in every row is left out."""
    columns = [column for column in zip(headings, *rows, strict=True) if any(column[1:])]
    lines = zip(*map(_pad, columns), strict=True)
    return "\n".join(GAP.join(line).rstrip() for line in lines)


def printable(text: str) -> str:
    """``text`` with a question mark for each character that could move the cursor or turn what is beside it."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _pad(column: Sequence[str]) -> list[str]:
    texts = list(map(printable, column))
    width = max(map(_width, texts))
    return [text + " " * (width - _width(text)) for text in texts]


def _width(text: str) -> int:
    """How many cells of a terminal ``text`` takes: two for a character of East Asia, none for a mark on another one."""
    return sum(
        0 if category(character) in ("Mn", "Me") else 2 if east_asian_width(character) in ("W", "F") else 1
        for character in text
    )
