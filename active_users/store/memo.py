"""Remembers which visitors were noted a moment ago."""

from __future__ import annotations

import time
from typing import Any, Final

MAX_VISITORS: Final = 50_000


class Memo:
    """
    Who each visitor was a moment ago, so that their next requests need no session, no query and no Redis.

    It is bounded: once it holds ``MAX_VISITORS`` it is emptied, which costs each visitor one more note. It keeps hashes
    of the keys, so a long cookie takes no more room than a short one.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[float, str]] = {}

    def remember(self, key: tuple[Any, ...], identity: str) -> None:
        """Remember the identity of the person who was noted, or ``""`` for a visitor who is not logged in."""
        if len(self._known) >= MAX_VISITORS:
            self._known.clear()
        self._known[hash(key)] = (time.monotonic(), identity)

    def recall(self, key: tuple[Any, ...], seconds: float) -> str | None:
        """The identity that was remembered less than ``seconds`` ago, or ``None``."""
        found = self._known.get(hash(key))
        if found is None or time.monotonic() - found[0] >= seconds:
            return None
        return found[1]

    def discard(self, key: tuple[Any, ...]) -> None:
        self._known.pop(hash(key), None)

    def forget(self, identity: str) -> None:
        """Forget a person under all their keys, in all their browsers."""
        for key, (_, known) in list(self._known.items()):
            if known == identity:
                self._known.pop(key, None)

    def clear(self) -> None:
        self._known.clear()
