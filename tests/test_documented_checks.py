"""Makes each mistake that the reference of the checks shows, and compares what ``check`` says of it."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.checks import run_checks

from .documents import Block, page
from .project import SOURCES
from .servers import Server

IDS = [heading for heading in page("reference/checks.md").headings if heading.startswith("active_users.")]


def _ids_in_the_code() -> set[str]:
    texts = {
        node.value
        for path in (SOURCES / "checks").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    ids = {text.removeprefix("active_users.") for text in texts}
    return {f"active_users.{text}" for text in ids if re.fullmatch(r"[EWI]\d{3}", text)}


def test_every_check_is_listed() -> None:
    assert len(set(IDS)) == len(IDS)
    assert set(IDS) == _ids_in_the_code()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for the modules of a site called ``mysite``."""
    (tmp_path / "mysite").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0] == "mysite"]:
        del sys.modules[name]


def _make_mistake(blocks: list[Block], site: Path, server: Server, settings: Any) -> None:
    names = {"MIDDLEWARE": [*settings.MIDDLEWARE], "CACHES": settings.CACHES}
    for block in blocks:
        if block.is_settings:
            exec(block.code.replace("redis://localhost:6379", server.url), names)  # noqa: S102
        elif block.language == "python":
            (site / block.file).write_text(block.code)
    for name, value in names.items():
        if name.isupper():
            setattr(settings, name, value)


def _matches(written: str, actual: str) -> bool:
    """Whether they are the same, apart from ``…``."""
    parts = map(re.escape, re.sub(r"\s+", " ", written).strip().split("…"))
    return re.fullmatch(".*".join(parts), actual) is not None


@pytest.mark.parametrize("check_id", IDS)
def test_the_mistake_that_is_shown_gets_the_message_and_the_hint_that_are_shown(
    check_id: str, site: Path, shared_server: Server, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = [block for block in page("reference/checks.md").blocks if block.heading == check_id]
    if check_id == "active_users.I001":  # the model of the tests' site cannot be exchanged
        monkeypatch.setattr(User, "USERNAME_FIELD", "email")
    else:
        _make_mistake(blocks, site, shared_server, settings)
    messages = run_checks(databases=["default"], include_deployment_checks=True)
    (found,) = [message for message in messages if message.id == check_id]
    (told,) = [block.code for block in blocks if block.language == "text"]
    message, _, hint = told.partition("HINT: ")
    assert _matches(message, found.msg), found.msg
    assert _matches(hint, str(found.hint)), found.hint


def test_another_text_is_not_taken_for_the_same() -> None:
    assert _matches("a …\nc", "a b c")
    assert not _matches("a …\nc", "a b cd")
