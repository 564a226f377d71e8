"""Turns the scripts' answers into Python values, and the answers of several shards into one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

# Bytes that no UTF-8 text has: between texts, and instead of one.
SEPARATOR: Final = b"\xff"
LOST: Final = b"\xfe\xfe"
# How many bytes of an entry say since when somebody is active.
SINCE: Final = 4

Part = TypeVar("Part")
Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)


class Counts(NamedTuple):
    """How many users and guests are active, or are in a place."""

    users: int
    guests: int


class Person(NamedTuple):
    """An active person. Compares by when they were last seen, in milliseconds."""

    last_seen: int
    identity: bytes
    entry: bytes

    @property
    def payload(self) -> str:
        try:
            return _decode(self.entry[SINCE:])
        except UnicodeDecodeError:  # not written by us
            return ""

    @property
    def since(self) -> int:
        """Since when they are active, in seconds. The digits repeat after 2^28 seconds, which is eight years."""
        seconds = 0
        for digit in self.entry[:SINCE]:
            seconds = seconds << 7 | digit & 127
        last_seen = self.last_seen // 1000
        return last_seen - (last_seen - seconds) % 2**28


class Page(NamedTuple):
    """Some of the active people, the most recently seen first, and how many are active in all."""

    total: int
    people: list[Person]


class Answer(Protocol[Result_co]):
    """Something whose result comes later, such as a ``Reply``."""

    def result(self) -> Result_co: ...


class Combined(Generic[Part, Result]):
    """Several answers combined into one. All the commands have been sent before the first answer is awaited."""

    def __init__(self, answers: Sequence[Answer[Part]], combine: Callable[[Sequence[Part]], Result]) -> None:
        self._answers = answers
        self._combine = combine

    def result(self) -> Result:
        return self._combine([answer.result() for answer in self._answers])


def merge_pages(pages: Sequence[Page], *, limit: int, offset: int) -> Page:
    """Merge the beginnings of several shards' lists."""
    people = sorted((person for page in pages for person in page.people), reverse=True)
    return Page(sum(page.total for page in pages), people[offset : offset + limit])


def parse_page(answer: Any) -> Page:
    count, who, what = answer
    return Page(count, _parse_people(who, what))


def parse_walk(answer: Any) -> tuple[int, int, int, list[Person]]:
    found, start, skip, who, what = answer
    return found, start, skip, _parse_people(who, what)


def parse_counts(answer: list[int]) -> list[Counts]:
    return list(map(Counts, answer[0::2], answer[1::2]))


def parse_draw(answer: Any) -> dict[str, int]:
    return dict(zip(map(_decode, answer[0::2]), answer[1::2], strict=True))


def parse_last_seen(identities: Sequence[str], answer: list[int]) -> dict[str, int]:
    return {who: when for who, when in zip(identities, answer, strict=True) if when}


def _parse_people(who: bytes, what: bytes) -> list[Person]:
    """What _joined.lua has joined."""
    seen, entries = who.split(SEPARATOR), what.split(SEPARATOR)
    if not who:
        return []
    people = zip(map(int, seen[1::2]), seen[0::2], entries, strict=True)
    return [Person(*person) for person in people if person[2] != LOST]


# "surrogatepass", so that any text survives, even a lone surrogate.


def encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def encode_identity(identity: str | bytes) -> bytes:
    """A user's identity is text, a guest's is bytes. Those begin with one with which no text does."""
    return encode(identity) if isinstance(identity, str) else b"\xff" + identity


def _decode(payload: bytes) -> str:
    return payload.decode("utf-8", "surrogatepass")
