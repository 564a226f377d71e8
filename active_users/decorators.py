"""Marks that a site puts on its views."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


def active_users_exempt(view: View) -> View:
    """
    Mark a view, sync or async, whose requests are nobody's activity, such as one that a page polls by itself.

    On a class-based view: ``@method_decorator(active_users_exempt, name="dispatch")``.
    """
    view.active_users_exempt = True  # type: ignore[attr-defined]
    return view


def is_exempt(view: Callable[..., Any]) -> bool:
    """Whether ``view`` bears the mark of :func:`active_users_exempt`."""
    return getattr(view, "active_users_exempt", False)
