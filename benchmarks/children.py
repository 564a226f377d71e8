"""Child processes, none of which outlives the benchmark."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parent.parent


def command_for(python: str, module: str, *arguments: str) -> list[str]:
    """
    The command that runs one of our modules with the interpreter ``python``.

    The repository comes last on the path, so that the peer's interpreter imports the ``active_users`` it has installed.
    """
    start = f"import runpy, sys; sys.path.append({str(ROOT)!r}); runpy.run_module({module!r}, run_name='__main__')"
    return [python, "-P", "-c", start, *arguments]


class Child:
    """
    A process that is stopped at the end of the ``with`` block.

    Our own modules also exit when their standard input closes, in case the benchmark itself is killed.
    """

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
            start_new_session=True,  # so that Ctrl-C reaches only us, and we stop our children ourselves
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()

    @property
    def cpu_seconds(self) -> float:
        """The CPU time that the process and its own children have used, as Linux tells it."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
        stats = [Path(f"/proc/{each}/stat").read_text("ascii").rpartition(")")[2].split() for each in [pid, *children]]
        return sum(int(user) + int(system) for stat in stats for user, system in [stat[11:13]]) / os.sysconf(
            "SC_CLK_TCK"
        )

    def read_line(self) -> str:
        """The next line of output. Raises ``RuntimeError`` if the process has ended instead."""
        line: str = self.process.stdout.readline()  # type: ignore[union-attr]
        if not line:
            raise RuntimeError(f"a child process of the benchmark ended with status {self.process.wait()}")
        return line

    def write_line(self, line: str) -> None:
        self.process.stdin.write(f"{line}\n")  # type: ignore[union-attr]
        self.process.stdin.flush()  # type: ignore[union-attr]
