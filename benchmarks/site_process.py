"""Starts a site (``benchmarks.site``) in its own process, and calls its functions."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from benchmarks.children import ROOT, Child, command_for

Package = Literal["ours", "peers"]


def site_environment(
    package: Package,
    redis_url: str,
    *,
    sqlite: str = ":memory:",
    middleware: Sequence[str] = (),
    names: Path | None = None,
    **settings: Any,
) -> dict[str, str]:
    """
    The environment that makes a process a site. The names of ``settings`` go without ``ACTIVE_USERS_``.

    ``names`` is the file that says where the name of the server leads, if it is reached by one.
    """
    site = {
        "package": package,
        "redis_url": redis_url,
        "sqlite": sqlite,
        "middleware": middleware,
        "names": names and str(names),
        "settings": {f"ACTIVE_USERS_{name}": value for name, value in settings.items()},
    }
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "benchmarks.site.settings", "BENCHMARK_SITE": json.dumps(site)}


class SiteProcess(Child):
    """A site whose functions, which are in ``benchmarks.site``, can be called by name."""

    def __init__(self, package: Package, python: str, environment: dict[str, str]) -> None:
        super().__init__(command_for(python, "benchmarks.site"), environment=environment)
        found = self.call("find_package")
        if found.startswith(str(ROOT / "active_users")) != (package == "ours"):
            raise RuntimeError(f"the site of {package!r} imports {found!r}")

    def call(self, name: str, /, **arguments: Any) -> Any:
        self.begin(name, **arguments)
        return self.finish()

    def begin(self, name: str, /, **arguments: Any) -> None:
        """Start a call without waiting for it; ``finish()`` waits for its result."""
        self.write_line(json.dumps({"name": name, "arguments": arguments}))

    def finish(self) -> Any:
        answer = json.loads(self.read_line())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["result"]
