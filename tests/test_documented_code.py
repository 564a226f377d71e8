"""Runs the code of every page of the documentation, each page in a site and a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .documents import PAGES, Page
from .project import TESTS
from .servers import Server, running_server

ELSEWHERE = {"docs/tutorial.md": "test_tutorial", "docs/reference/checks.md": "test_documented_checks"}
RUNS = {"console", "html+django", "jinja", "json", "python"}

RunPage = Callable[[Path], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory, processes: None) -> Path:
    """What ``startproject`` makes."""
    directory = tmp_path_factory.mktemp("started")
    command = [sys.executable, "-m", "django", "startproject", "mysite", "."]
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    subprocess.run(command, cwd=directory, env=environment, check=True, timeout=60)
    return directory


@pytest.fixture(scope="module")
def redis(processes: None) -> Iterator[Server]:
    """A server whose keys may have any prefix."""
    with running_server() as server:
        yield server


@pytest.fixture
def run_page(started: Path, redis: Server, tmp_path: Path) -> RunPage:
    def run_page(page: Path) -> subprocess.CompletedProcess[str]:
        site = tmp_path / "site"
        shutil.copytree(started, site)
        command = [sys.executable, "-W", "error", str(TESTS / "documented_site.py"), str(page), redis.url]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE", "DJANGO"))}
        return subprocess.run(
            command, cwd=site, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    return run_page


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if str(page) not in ELSEWHERE and any(block.language in RUNS for block in page.blocks)],
    ids=str,
)
def test_the_code_of_a_page_runs(page: Page, run_page: RunPage) -> None:
    outcome = run_page(page.path)
    assert outcome.returncode == 0, outcome.stderr


@pytest.mark.parametrize(
    ("page", "error"),
    [
        ("```html+django\n{% load active_users %}\n{% active_users_list limit=-1 %}\n```", "limit should be"),
        ("```python\nACTIVE_USERS_KEY_EXPIRY = 300\n```", "active_users.W002"),
        ("In `mysite/views.py`:\n\n```python\ndef view(request):\n    raise LookupError\n```", "LookupError"),
        ("```python\nasync def view(request):\n    raise LookupError\n```", "LookupError"),
        ("```console\nactive\n```", "not enough values"),
    ],
)
def test_a_mistake_in_a_page_is_found(page: str, error: str, run_page: RunPage, tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(f"# Mistake\n\n{page}\n")
    outcome = run_page(path)
    assert outcome.returncode != 0
    assert error in outcome.stderr
