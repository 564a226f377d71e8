"""Servers that run greenlets instead of threads."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from .programs import output_of
from .servers import Server
from .sites import serving
from .threads import in_threads
from .visitors import Visitor


@pytest.mark.parametrize("library", ["gevent", "eventlet"])
def test_every_greenlet_gets_its_own_answers(library: str, own_server: Server) -> None:
    if find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    assert output_of(f"under_{library}.py", own_server.socket) == "every greenlet got its own answers"


def test_sync_views_under_gunicorn_with_gevent_count_everybody(
    own_server: Server, database: Path, tmp_path: Path
) -> None:
    people = 12
    with serving(
        "gunicorn",
        own_server.url,
        database,
        tmp_path / "log",
        arguments=("--worker-class", "gevent"),
        ACTIVE_USERS_TOUCH_INTERVAL=0,
    ) as site:

        def visit(number: int) -> set[str]:
            visitor = Visitor(site.address)
            visitor.get(f"/login/p{number}")
            return {visitor.get("/plain") for _ in range(20)} | {visitor.get("/greet")}

        assert in_threads(visit, people) == [{"plain", f"hello p{number}"} for number in range(people)]
        assert site.count() == people
        own_client = 1
        assert len(own_server.client.client_list(_type="normal")) <= site.workers + own_client
    assert "Traceback" not in (tmp_path / "log").read_text()
