"""Stops quick tests from starting processes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

EVENTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn"}

_is_forbidden = False


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if _is_forbidden and event in EVENTS:
        raise RuntimeError("A test that starts a process should use the fixture `processes`.")


sys.addaudithook(_audit)


@contextmanager
def processes_allowed(is_allowed: bool) -> Iterator[None]:
    """Allow or forbid this process to start others inside the block."""
    global _is_forbidden
    before, _is_forbidden = _is_forbidden, not is_allowed
    try:
        yield
    finally:
        _is_forbidden = before
