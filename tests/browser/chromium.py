"""Finds Chromium, and the arguments to start it with."""

from __future__ import annotations

import os
import shutil

LAUNCH_ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
]


def find_chromium() -> str | None:
    """The program that the environment variable ``CHROMIUM`` names, or the first of the usual ones that exists."""
    wanted = os.environ.get("CHROMIUM")
    names = [wanted] if wanted else ["/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome"]
    return next(filter(None, map(shutil.which, names)), None)
