"""Decorators for a site's views."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from inspect import isfunction
from types import CellType
from typing import Any, Final, TypeVar

__all__ = ["active_users_exempt"]

View = TypeVar("View", bound=Callable[..., Any])

# More decorators than any view has, so that the search ends where a function refers to itself.
_DEPTH: Final = 20
_EMPTY: Final = CellType()


def active_users_exempt(view: View) -> View:
    """
    Mark a view, sync or async, so that its requests do not count as activity, for example because a page polls it.

    It goes on a function, a class-based view or one of its methods, above or below REST framework's ``@api_view`` and
    ``@action`` and ninja's operations. Raises ``TypeError`` if ``view`` cannot be marked. A decorator that hides what
    it decorates, without ``functools.wraps()``, belongs below this one.
    """
    try:
        if not callable(view):
            raise TypeError
        view.active_users_exempt = True  # type: ignore[attr-defined]
    except (AttributeError, TypeError):
        raise TypeError(
            f"active_users_exempt should mark a view function, a view class or one of its methods, not {view!r}. "
            "Write it above the view's own def or class."
        ) from None
    return view


def is_exempt(view: Callable[..., Any], method: str) -> bool:
    """Whether ``active_users_exempt`` marks ``view``, or what it calls for a request with this HTTP method."""
    try:
        return _is_exempt(view, method)
    except TypeError:  # an object that cannot be hashed
        return _is_exempt.__wrapped__(view, method)


@lru_cache(maxsize=1024)
def _is_exempt(view: Any, method: str) -> bool:
    return any(getattr(part, "active_users_exempt", False) for part in _called_by(view, method))


def _called_by(view: Any, method: str) -> Iterator[Any]:
    """The view, and from layer to layer what it decorates or calls."""
    for _ in range(_DEPTH):
        if view is None:
            return
        yield view
        view_class = getattr(view, "view_class", None) or getattr(view, "cls", None)
        if isinstance(view_class, type):
            yield view_class
            view = _find_handler(view_class, getattr(view, "actions", None) or {}, method.lower())
        elif hasattr(view, "__wrapped__"):
            view = view.__wrapped__
        elif isinstance(view, partial):
            view = view.func
        else:
            view = _find_operation(getattr(view, "__self__", view), method) or _find_enclosed(view)


def _find_handler(view_class: type[Any], actions: dict[str, str], method: str) -> Any:
    """The method that handles an HTTP method. In a view set of REST framework ``actions`` says which."""
    handler = getattr(view_class, actions.get(method, method), None)
    return _find_handler(view_class, actions, "get") if handler is None and method == "head" else handler


def _find_operation(path_view: Any, method: str) -> Any:
    """The function that ninja calls for an HTTP method."""
    operations = getattr(path_view, "operations", None)
    found = [one.view_func for one in operations if method in one.methods] if isinstance(operations, list) else []
    return found[0] if found else None


def _find_enclosed(function: Any) -> Any:
    """The one function, or ninja's view of a path, that ``function`` encloses, as the product of a decorator does."""
    cells = [cell.cell_contents for cell in getattr(function, "__closure__", None) or () if cell != _EMPTY]
    enclosed = [value for value in cells if isfunction(value) or hasattr(value, "operations")]
    return enclosed[0] if len(enclosed) == 1 else None
