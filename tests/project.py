"""Where the project's files are, and which release they are."""

from __future__ import annotations

import tomllib
from pathlib import Path

TESTS = Path(__file__).parent
ROOT = TESTS.parent
SOURCES = ROOT / "active_users"
RELEASE: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
