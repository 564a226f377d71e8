"""
Reads calls from standard input, one JSON object per line, and answers each with one on standard output.

It exits when its standard input closes. ``BENCHMARK_SITE`` describes the site.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from importlib import import_module
from inspect import getmembers, isfunction
from typing import Any

import django


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr  # so that no print() ends up among the answers
    django.setup()
    calls = _find_calls(json.loads(os.environ["BENCHMARK_SITE"])["package"])
    for line in sys.stdin:
        call = json.loads(line)
        try:
            answer = {"result": calls[call["name"]](**call["arguments"])}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)


def _find_calls(package: str) -> dict[str, Any]:
    """The functions that can be called, by name. ``package`` is ``ours`` or ``peers``."""
    modules_of = {"ours": ["ours", "threads", "polling"], "peers": ["peers"]}
    modules = [import_module(f"benchmarks.site.{name}") for name in ("database", "visiting", *modules_of[package])]
    return {
        name: function
        for module in modules
        for name, function in getmembers(module, isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }


if __name__ == "__main__":
    main()
