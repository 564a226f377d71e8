"""Programs beside the tests, run as separate processes, because they patch or interrupt the whole process."""

from __future__ import annotations

import subprocess
import sys

from .project import ROOT, TESTS


def output_of(program: str, *arguments: str) -> str:
    """What it prints. It must end well."""
    command = [sys.executable, str(TESTS / program), *arguments]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout.strip()
