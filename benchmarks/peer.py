"""The peer: django-active-users 0.4.1 from the package index, in a virtual environment of its own."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from shutil import rmtree

from benchmarks.children import ROOT

PEER = "django-active-users==0.4.1"
DIRECTORY = ROOT / ".bench" / "peer"


def build_peer() -> str:
    """
    The peer's interpreter; its environment is built unless it is there already.

    It gets the latest Django that this Python allows, and the Redis client that we have ourselves: where one side had
    a faster client than the other, the figures would compare those.
    """
    requirements = "\n".join(
        [PEER, "django", "six", *_same_as_ours("django-redis", "redis", "hiredis"), f"# Python {sys.version}"]
    )
    stamp = DIRECTORY / "requirements.txt"
    python = DIRECTORY / "bin" / "python"
    if not (stamp.exists() and stamp.read_text("utf-8") == requirements and python.exists()):
        rmtree(DIRECTORY, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(DIRECTORY))
        wanted = DIRECTORY / "wanted.txt"
        wanted.write_text(requirements, "utf-8")
        _run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(wanted))
        wanted.rename(stamp)
    return str(python)


def _same_as_ours(*names: str) -> list[str]:
    found = []
    for name in names:
        try:
            found.append(f"{name}=={version(name)}")
        except PackageNotFoundError:  # hiredis is optional
            continue
    return found


def _run(*command: str) -> None:
    subprocess.run(command, check=True, cwd=Path(sys.prefix))  # noqa: S603 - our own interpreter and the peer's
