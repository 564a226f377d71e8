"""``make quick`` leaves out every test that starts a process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-c", "print('hello')"]


def test_a_quick_test_cannot_start_a_process() -> None:
    with pytest.raises(RuntimeError, match="should use the fixture `processes`"):
        subprocess.run(COMMAND, check=True)
    with pytest.raises(RuntimeError, match="should use the fixture `processes`"):
        os.fork()


def test_a_test_with_the_fixture_can_start_one(processes: None, request: pytest.FixtureRequest) -> None:
    assert subprocess.run(COMMAND, check=True, capture_output=True, text=True).stdout == "hello\n"
    assert request.node.get_closest_marker("processes") is not None
