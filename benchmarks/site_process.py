"""Starts a site (``benchmarks.site``) in a process of its own, and tells it what to do."""

from __future__ import annotations

import json
import os
from typing import Any, Literal

from benchmarks.children import ROOT, Child, command_for


def site_environment(package: Literal["ours", "peers"], **site: Any) -> dict[str, str]:
    """What a process needs to know to be a site; see ``benchmarks/site/settings.py``."""
    return {**os.environ, "BENCHMARK_SITE": json.dumps({"package": package, **site})}


class SiteProcess:
    """A site in a process of its own; see ``benchmarks/site/calls.py`` for what it can do."""

    def __init__(self, python: str, package: Literal["ours", "peers"], site: dict[str, Any]) -> None:
        self._child = Child(
            command_for(python, "benchmarks.site"), environment=site_environment(package, middleware=[], **site)
        )
        self.versions: dict[str, str] = self.call("describe")
        is_ours = self.versions["file"].startswith(str(ROOT / "active_users"))
        if is_ours != (package == "ours") or (not is_ours and self.versions["django-active-users"] != "0.4.1"):
            self.stop()
            raise RuntimeError(f"measuring the wrong package: {self.versions!r}")

    def call(self, name: str, /, **arguments: Any) -> Any:
        self.begin(name, **arguments)
        return self.finish()

    def begin(self, name: str, /, **arguments: Any) -> None:
        """Let the site begin; ``finish()`` waits until it is done."""
        self._child.write_line(json.dumps({"name": name, "arguments": arguments}))

    def finish(self) -> Any:
        answer = json.loads(self._child.read_line())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["result"]

    def stop(self) -> None:
        self._child.stop()
