"""Where the project's files are, what their examples are, and which release they are."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

TESTS = Path(__file__).parent
ROOT = TESTS.parent
SOURCES = ROOT / "active_users"
README = (ROOT / "README.md").read_text()
RELEASE: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def examples_in(page: str) -> dict[str, str]:
    """The blocks of Python in a page of the documentation, by the name of the file that each says it is."""
    text = (ROOT / "docs" / page).read_text()
    return dict(re.findall(r"^```python\n# (\S+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
