"""The peer: django-active-users 0.4.1 from the package index, in its own virtual environment."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from shutil import rmtree

from benchmarks.children import ROOT

PEER = "django-active-users==0.4.1"
DIRECTORY = ROOT / ".bench" / "peer"


def build_peer() -> str:
    """
    Build the environment unless it exists, and return the path of its interpreter.

    Its Django and its Redis client are the same as ours, so that the figures compare nothing else.
    """
    same_as_ours = [f"{name}=={version(name)}" for name in ("django", "django-redis", "redis", "hiredis")]
    requirements = [PEER, "six", *same_as_ours]
    stamp = "\n".join([*requirements, sys.version])
    done = DIRECTORY / "installed.txt"
    python = DIRECTORY / "bin" / "python"
    if not (done.exists() and done.read_text("utf-8") == stamp and python.exists()):
        rmtree(DIRECTORY, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(DIRECTORY))
        _run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements)
        done.write_text(stamp, "utf-8")
    return str(python)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, cwd=sys.prefix)  # noqa: S603 - our own interpreter and the peer's
