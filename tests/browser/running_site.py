"""Runs the example site in a separate process, as ``python -m example_site`` does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

# The window in tests.browser.settings, in seconds: longer than any test.
WINDOW = 3600


@dataclass(frozen=True)
class RunningSite:
    address: str
    process: subprocess.Popen[str]


@contextmanager
def running_site(*options: str, **environment: str) -> Iterator[RunningSite]:
    """Run the site inside the block, on a free port, with Python's warnings as errors."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "example_site", *options],
        cwd=ROOT,
        env={**os.environ, "PORT": "0", **environment},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield RunningSite(_read_address(process), process)
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _read_address(process: subprocess.Popen[str]) -> str:
    for line in process.stdout or ():
        found = re.search(r"http://\S+/", line)
        if found:
            return found[0]
    raise RuntimeError("The example site stopped before it printed its address.")
