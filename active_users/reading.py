"""The only file that reads Django's settings, and how it does so without taking noticeable time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.conf import Settings, settings

from active_users.logs import log_once
from active_users.values import Kind, Mistake

Result = TypeVar("Result")
Reader = TypeVar("Reader")
Value = TypeVar("Value")


def find(name: str, default: Any = None) -> Any:
    return getattr(settings, name, default)


def finder() -> Callable[..., Any]:
    """
    What does the same as ``find()``, without the microseconds that Django takes to find a setting absent.

    It is ``find()`` itself where settings are overridden, as in tests, or come from ``settings.configure()``.
    """
    written = object.__getattribute__(settings, "_wrapped")
    return written.__dict__.get if type(written) is Settings else find


def find_all() -> list[str]:
    """The names of all settings."""
    return dir(settings)


def until_changed(*names: str) -> Callable[[Callable[[Reader], Result]], Callable[[Reader], Result]]:
    """Decorates a method of one object that reads these settings. Its result is kept until one of them changes."""

    def decorate(read: Callable[[Reader], Result]) -> Callable[[Reader], Result]:
        known: tuple[list[Any], Result] | None = None

        @wraps(read)
        def read_if_changed(reader: Reader) -> Result:
            nonlocal known
            written = list(map(finder(), names))
            if known is None or known[0] != written:  # quick, because Python looks first whether they are the same
                known = written, read(reader)
            return known[1]

        return read_if_changed

    return decorate


class SettingsReader:
    """
    Reads settings, each as its ``Kind`` says.

    A mistaken value is logged once, and the default is used, because web servers run no checks.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[object, Any]] = {}

    def _read(self, name: str, kind: Kind[Value], default: Any, *, instead: Any = None) -> Value:
        """The value of a setting. ``instead`` of a mistaken one, another than the default may be safer."""
        written = finder()(name, default)
        known = self._known.get(name)
        if known is None or known[0] is not written:
            try:
                known = written, kind.read(name, written)
            except Mistake as mistake:
                known = written, self._replace(mistake, kind, default if instead is None else instead)
            self._known[name] = known
        value: Value = known[1]
        return value

    def _replace(self, mistake: Mistake, kind: Kind[Value], instead: Any) -> Value:
        text = "%s Until it is corrected, the package behaves as if it were %r."
        log_once(logging.ERROR, text, str(mistake), instead)
        return kind.read(mistake.name, instead)
