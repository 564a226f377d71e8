"""Decorators for a site's views."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["active_users_exempt"]

View = TypeVar("View", bound=Callable[..., Any])


def active_users_exempt(view: View) -> View:
    """
    Mark a view, sync or async, so that its requests do not count as activity, for example because a page polls it.

    On a class-based view, write ``@method_decorator(active_users_exempt, name="dispatch")``.
    """
    view.active_users_exempt = True  # type: ignore[attr-defined]
    return view


def is_exempt(view: Callable[..., Any]) -> bool:
    """Whether ``view`` is marked by ``active_users_exempt``."""
    return getattr(view, "active_users_exempt", False)
