"""Whether the documentation can be built and followed: its links, its form, and what it loads."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urldefrag

import pytest

from benchmarks.table import BEGIN, END

from .documents import PAGES, RAW, README, REPOSITORY, Page
from .project import ROOT

ELSEWHERE = ("https://", "http://127.0.0.1:8000/")
LANGUAGES = {"console", "html+django", "jinja", "js", "css", "json", "nginx", "python", "text", "toml", "yaml"}

each_page = pytest.mark.parametrize("page", PAGES, ids=str)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, processes: None) -> Path:
    """The documentation as HTML. A warning is an error."""
    directory = tmp_path_factory.mktemp("documentation")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(directory)]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert outcome.returncode == 0, outcome.stderr
    return directory


def test_it_can_be_built_and_loads_nothing_from_elsewhere(built: Path) -> None:
    pages = list(built.rglob("*.html"))
    assert len(pages) >= len(PAGES)
    for path in pages:
        tags = re.findall(r"<(?:script|img|iframe|source|link)\b[^>]*>", path.read_text())
        loaded = [tag for tag in tags if "canonical" not in tag]
        assert [tag for tag in loaded if re.search(r"""(src|href)=["'](https?:)?//""", tag)] == []
    for path in built.rglob("*.css"):
        assert not re.search(r"(url\(|@import )['\"]?(https?:)?//", path.read_text()), path


def _leads_somewhere(page: Page, link: str) -> bool:
    address, anchor = urldefrag(link)
    for start in (REPOSITORY, RAW):
        if address.startswith(start):
            target = ROOT / address.removeprefix(start)
            break
    else:
        if address.startswith(ELSEWHERE):
            return True
        target = page.path if not address else page.path.parent / address
    return target.exists() and (not anchor or anchor in Page(target.resolve()).anchors)


@each_page
def test_every_link_and_anchor_exists(page: Page) -> None:
    assert [link for link in page.links if not _leads_somewhere(page, link)] == []


def test_a_link_that_leads_nowhere_is_found() -> None:
    for link in ("docs/nowhere.md", "#nowhere", f"{REPOSITORY}docs/index.md#nowhere", f"{RAW}docs/nowhere.png"):
        assert not _leads_somewhere(README, link)
    assert _leads_somewhere(README, f"{REPOSITORY}docs/index.md#set-it-up")


@each_page
def test_no_line_of_code_is_so_long_that_a_page_cuts_it(page: Page) -> None:
    lines = [line for block in page.blocks for line in block.code.splitlines()]
    assert [line for line in lines if len(line) > 88] == []


@each_page
def test_every_block_says_its_language_and_every_excuse_a_reason(page: Page) -> None:
    assert {block.language for block in page.blocks} <= LANGUAGES
    assert page.text.count("<!-- not run") == len([block for block in page.blocks if len(block.excuse) > 20])


@each_page
def test_no_page_contains_the_address_of_a_registry_or_a_path_on_one_machine(page: Page) -> None:
    assert not re.search(r"/(home|Users|root)/|pypi\.org|pythonhosted", page.text)


def test_the_readme_has_a_place_for_at_most_five_figures() -> None:
    before, _, rest = README.text.partition(f"{BEGIN}\n")
    table, _, after = rest.partition(f"\n{END}\n")
    assert before
    assert after
    assert 2 < len(table.splitlines()) <= 2 + 5


def test_the_readme_is_short_and_renders_away_from_the_repository() -> None:
    assert len(README.text.splitlines()) <= 150
    assert [link for link in README.links if not link.startswith(("https://", "#"))] == []
