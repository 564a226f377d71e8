"""The bounds of ``limit`` and ``offset``, the same for every list."""

from __future__ import annotations

from typing import Final

# The most people that one page, one JSON answer or one template tag lists.
PAGE: Final = 1000
MAX_OFFSET: Final = 999_999_999


def parse_whole_number(name: str, text: str, *, maximum: int) -> int:
    """
    The number from 0 to ``maximum`` that ``text`` holds, in ASCII digits and nothing else.

    Raises ``ValueError`` with a message that names the parameter, its range and the value.
    """
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(maximum))
    if not is_number or int(text) > maximum:
        raise ValueError(f"{name} should be a whole number from 0 to {maximum}, not {text[:40]!r}.")
    return int(text)
