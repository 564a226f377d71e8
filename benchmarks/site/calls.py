"""What a site can be told to do: every public function of these modules, by its name."""

from __future__ import annotations

from importlib import import_module
from inspect import getmembers, isfunction
from typing import Any

MODULES = ("database", "reading", "visiting")


def find_calls(package: str) -> dict[str, Any]:
    """The functions for both packages, and those for one of them, ``ours`` or ``peers``."""
    modules = [import_module(f"benchmarks.site.{name}") for name in (*MODULES, package)]
    return {
        name: function
        for module in modules
        for name, function in getmembers(module, isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }
