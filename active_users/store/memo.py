"""Remembers which visitors were noted a moment ago, and who was forgotten lately."""

from __future__ import annotations

import math
import time
from collections.abc import Hashable
from typing import Any, Final, Generic, TypeVar

Value = TypeVar("Value")

MAX_ENTRIES: Final = 50_000
DAY: Final = 24 * 3600


class Memo:
    """
    Who each visitor was a moment ago, so that their next requests need no session, no query and no Redis.

    It keeps hashes of the keys, so a long cookie takes no more room than a short one.
    """

    def __init__(self) -> None:
        self.clear()
        self._cleared_at = -math.inf

    def remember(self, key: tuple[Any, ...], identity: str, seconds: float) -> None:
        """
        Remember for ``seconds`` the identity of the person who was noted, or ``""`` for a visitor who is not logged in.
        """
        self._known.put(hash(key), identity, seconds)

    def recall(self, key: tuple[Any, ...], seconds: float) -> str | None:
        """The identity that was remembered less than ``seconds`` ago and was not forgotten since, or ``None``."""
        found = self._known.get(hash(key))
        if found is None or time.monotonic() - found[0] >= seconds:
            return None
        since, identity = found
        return None if identity and self.was_forgotten(identity, since=since) else identity

    def discard(self, key: tuple[Any, ...]) -> None:
        self._known.discard(hash(key))

    def forget(self, identity: str | bytes) -> None:
        """Forget a person under all their keys, in all their browsers."""
        self._forgotten.put(identity, None, DAY)

    def was_forgotten(self, identity: str, *, since: float) -> bool:
        """Whether a person was forgotten at the time ``since`` of the monotonic clock, or later."""
        found = self._forgotten.get(identity)
        return self._cleared_at >= since or (found is not None and found[0] >= since)

    def clear(self) -> None:
        """Forget everybody."""
        self._cleared_at = time.monotonic()
        self._known: Recent[str] = Recent()
        self._forgotten: Recent[None] = Recent()


class Recent(Generic[Value]):
    """
    Values and when they were put, in two generations.

    A generation lasts for some seconds, or until it holds half of ``MAX_ENTRIES``. Then the one before it is dropped as
    a whole. So the memory follows the number of entries that are of use, and nothing ever has to be searched.
    """

    def __init__(self) -> None:
        self._began = 0.0
        self._new: dict[Hashable, tuple[float, Value]] = {}
        self._old: dict[Hashable, tuple[float, Value]] = {}

    def put(self, key: Hashable, value: Value, seconds: float) -> None:
        """Keep ``value`` for at least ``seconds``, unless too many others come."""
        now = time.monotonic()
        if now - self._began >= seconds or len(self._new) >= MAX_ENTRIES // 2:
            self._old, self._new, self._began = self._new, {}, now
        self._new[key] = now, value

    def get(self, key: Hashable) -> tuple[float, Value] | None:
        """The value, and the time of the monotonic clock when it was put, or ``None``."""
        return self._new.get(key) or self._old.get(key)

    def discard(self, key: Hashable) -> None:
        self._new.pop(key, None)
        self._old.pop(key, None)
