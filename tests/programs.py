"""Programs beside the tests, run as separate processes, because they patch or interrupt the whole process."""

from __future__ import annotations

import os
import subprocess
import sys

from .project import ROOT, TESTS


def output_of(program: str, *arguments: str) -> str:
    """What it prints. It must end well."""
    command = [sys.executable, str(TESTS / program), *arguments]
    # Not measured: what is interrupted thousands of times may be the tracing itself.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    outcome = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout.strip()
