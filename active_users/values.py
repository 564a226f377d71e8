"""What the value of a setting may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any, ClassVar, Final, Generic, TypeVar

from django.http import HttpRequest
from django.utils.module_loading import import_string

Value = TypeVar("Value")

# About thirty years. The locks of Python and the TTLs of Redis have limits too.
MAX_SECONDS: Final = 1_000_000_000
# A count asks every shard, so more would make it slow, and no cluster needs more.
MAX_SHARDS: Final = 256


class Mistake(Exception):
    """The setting ``name`` has a value that it cannot have."""

    def __init__(self, name: str, text: str) -> None:
        # Half a character would make logging and printing it fail.
        super().__init__(f"{name} should {text}.".encode("utf-8", "backslashreplace").decode())
        self.name = name


class NotImportable(Mistake):
    """The setting ``name`` is not the dotted path of anything."""


@dataclass(frozen=True)
class Kind(Generic[Value]):
    """A kind of value: ``wanted`` says in words what ``is_right`` tests."""

    wanted: str
    is_right: Callable[[Any], bool]
    is_optional: bool = False

    verb: ClassVar[str] = "be"

    def read(self, name: str, written: Any) -> Value:
        """The value of the setting ``name`` if ``written`` is what the site has set. Raises ``Mistake``."""
        found: Value = written
        if written is not None or not self.is_optional:
            found = self._parse(name, written)
            if not self.is_right(found):
                raise Mistake(name, f"{self.verb} {self.allowed}, not {found!r}")
        return found

    @property
    def allowed(self) -> str:
        """``wanted``, and whether it may be ``None`` as well."""
        return f"{self.wanted}, or None" if self.is_optional else self.wanted

    def _parse(self, name: str, written: Any) -> Any:
        return written


class Number(Kind[Value]):
    """A number, or text that spells one, because environment variables hold text."""

    def _parse(self, name: str, written: Any) -> Any:
        for parse in (int, float) if isinstance(written, str) else ():
            with suppress(ValueError):
                return parse(written)
        return written


class PathTo(Kind[Value]):
    """What a dotted path leads to."""

    verb = "name"

    def _parse(self, name: str, written: Any) -> Any:
        wanted = f"be the dotted path to {self.allowed}"
        if not isinstance(written, str):
            raise NotImportable(name, f"{wanted}, not {written!r}")
        try:
            return import_string(written)
        except Exception as error:  # importing runs the site's code, which may raise anything
            raise NotImportable(name, f"{wanted}, but {written!r} cannot be imported: {error}") from error


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value <= MAX_SECONDS


def _is_text(value: object) -> bool:
    """Whether it is text that can be sent. What the environment holds in another encoding cannot."""
    return isinstance(value, str) and value != "" and value.encode("utf-8", "ignore").decode() == value


def _is_list_of_text(value: object) -> bool:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        return False
    return all(isinstance(item, str) for item in value)


def _is_entry_class(found: object) -> bool:
    return isinstance(found, type) and issubclass(found, import_string("active_users.keys.AbstractActiveUserEntry"))


def _is_function(found: object) -> bool:
    return callable(found) and not iscoroutinefunction(found)


def hide_everybody(request: HttpRequest) -> bool:
    """Replaces a rule of ``ACTIVE_USERS_IS_HIDDEN`` that cannot be found, so that nobody shows whom it would hide."""
    return True


ABOVE_ZERO: Final = Number[float](
    f"a number of seconds above 0 and up to {MAX_SECONDS}", lambda value: _is_number(value) and value > 0
)
ZERO_OR_MORE: Final = Number[float | None](
    f"a number of seconds from 0 to {MAX_SECONDS}", lambda value: _is_number(value) and value >= 0, is_optional=True
)
ONE_OR_MORE: Final = Number[float](
    f"a number of seconds from 1 to {MAX_SECONDS}", lambda value: _is_number(value) and value >= 1
)
SHARDS: Final = Number[int](
    f"a whole number from 1 to {MAX_SHARDS}",
    lambda value: _is_number(value) and isinstance(value, int) and 1 <= value <= MAX_SHARDS,
)
ALIAS: Final = Kind[str]("the name of a cache", _is_text)
PREFIX: Final = Kind[str | None]("a non-empty string without braces", _is_text, is_optional=True)
TEXTS: Final = Kind[Sequence[str]]("a list of strings", _is_list_of_text)
SWITCH: Final = Kind[bool]("True or False", lambda value: isinstance(value, bool))
ENTRY_CLASS: Final = PathTo[type[Any]]("a subclass of active_users.keys.AbstractActiveUserEntry", _is_entry_class)
VISIBILITY: Final = PathTo[Callable[[HttpRequest], Sequence[str]]]("a function that takes the request", _is_function)
NAMING: Final = PathTo[Callable[[Any], object]]("a function that takes a user", _is_function)
KEY_FUNCTION: Final = PathTo[Callable[[str, str, int], object]](
    "a function that takes a key, a prefix and a version", _is_function
)
HIDING: Final = PathTo[Callable[[HttpRequest], bool] | None](
    "a function that takes the request", _is_function, is_optional=True
)
