"""Processes of the benchmark's own, none of which outlives it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def command_for(python: str, module: str, *arguments: str) -> list[str]:
    """
    How ``python`` runs a module of this benchmark.

    The repository comes last in the path: for the peer, ``active_users`` has to be the one that is installed.
    """
    start = f"import runpy, sys; sys.path.append({str(ROOT)!r}); runpy.run_module({module!r}, run_name='__main__')"
    return [python, "-P", "-c", start, *arguments]


class Child:
    """A process that ends with ``stop()``, or when its standard input is closed because we are gone."""

    def __init__(
        self, command: Sequence[str], *, environment: Mapping[str, str] | None = None, pass_fds: Sequence[int] = ()
    ) -> None:
        self.process: subprocess.Popen[Any] = subprocess.Popen(  # noqa: S603 - our own interpreter and modules
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment,
            pass_fds=pass_fds,
            start_new_session=True,  # Ctrl-C is for us: we stop our children ourselves
        )

    def read_line(self) -> str:
        """The next line that the process says; raises ``RuntimeError`` if it has ended instead."""
        line: str = self.process.stdout.readline()  # type: ignore[union-attr]
        if not line:
            raise RuntimeError(f"a process of the benchmark ended with status {self.process.wait()}")
        return line

    def write_line(self, line: str) -> None:
        self.process.stdin.write(f"{line}\n")  # type: ignore[union-attr]
        self.process.stdin.flush()  # type: ignore[union-attr]

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
