"""Child processes, none of which outlives the benchmark."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

ROOT = Path(__file__).resolve().parent.parent

Package = Literal["ours", "peers"]


def command_for(module: str, *arguments: str, python: str = sys.executable) -> list[str]:
    """
    The command that runs one of our modules.

    The repository comes last on the path, so that the peer's interpreter imports the ``active_users`` it has installed.
    """
    start = f"import runpy, sys; sys.path.append({str(ROOT)!r}); runpy.run_module({module!r}, run_name='__main__')"
    return [python, "-P", "-c", start, *arguments]


class Child:
    """
    A process that is stopped at the end of the ``with`` block. ``port`` is where it listens, if it does.

    Our own modules also exit when their standard input closes, in case the benchmark itself is killed.
    """

    port: int

    def __init__(
        self, command: Sequence[str], *, environment: Mapping[str, str] | None = None, pass_fds: Sequence[int] = ()
    ) -> None:
        self._process: subprocess.Popen[Any] = subprocess.Popen(  # noqa: S603 - our own interpreter and modules
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment,
            pass_fds=pass_fds,
            start_new_session=True,  # so that Ctrl-C reaches only us, and we stop our children ourselves
        )
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def read_line(self) -> str:
        """The next line of output. Raises ``RuntimeError`` if the process has ended instead."""
        line: str = self._process.stdout.readline()  # type: ignore[union-attr]
        if not line:
            raise RuntimeError(f"a child process of the benchmark ended with status {self._process.wait()}")
        return line

    def write_line(self, line: str) -> None:
        self._process.stdin.write(f"{line}\n")  # type: ignore[union-attr]
        self._process.stdin.flush()  # type: ignore[union-attr]


class SiteProcess(Child):
    """A site whose functions, which are in ``benchmarks.site``, can be called by name."""

    def __init__(self, package: Package, python: str, environment: dict[str, str]) -> None:
        super().__init__(command_for("benchmarks.site", python=python), environment=environment)
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


def site_environment(
    package: Package,
    redis_url: str,
    *,
    sqlite: str = ":memory:",
    middleware: Sequence[str] = (),
    names: str = "",
    command: Sequence[str] = (),
    **settings: Any,
) -> dict[str, str]:
    """
    The environment that makes a process a site. The names of ``settings`` go without ``ACTIVE_USERS_``.

    ``names`` is the file that says where the name of the server leads, if it is reached by one. ``command`` is what the
    middleware of a control sends.
    """
    site = {
        "package": package,
        "redis_url": redis_url,
        "sqlite": sqlite,
        "middleware": middleware,
        "names": names,
        "command": command,
        "settings": {f"ACTIVE_USERS_{name}": value for name, value in settings.items()},
    }
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "benchmarks.site.settings", "BENCHMARK_SITE": json.dumps(site)}
