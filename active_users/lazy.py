"""Django's lazy objects, such as ``request.user``."""

from __future__ import annotations

from typing import Any, Final

from django.utils.functional import LazyObject, empty

# A lazy object answers ten times more slowly.
_get: Final = object.__getattribute__


def is_unloaded(thing: Any) -> bool:
    """Whether ``thing`` is lazy and has not been loaded yet."""
    return issubclass(type(thing), LazyObject) and _get(thing, "_wrapped") is empty


def unwrap(thing: Any) -> Any:
    """What a lazy ``thing`` has loaded, or loads now."""
    while issubclass(type(thing), LazyObject):
        if is_unloaded(thing):
            thing._setup()
        thing = _get(thing, "_wrapped")
    return thing
