"""Imports go only downwards in the drawing of the package, and are never inside a function."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from .project import SOURCES, TESTS
from .rooms import ROOMS

LEVELS = {room: -number for number, rooms in enumerate(ROOMS) for room in rooms}
FILES = sorted(
    str(path.relative_to(SOURCES))
    for path in SOURCES.rglob("*.py")
    if path != SOURCES / "__init__.py" and path.parent.name != "migrations" and path.read_text()
)


def _room_of(file: str) -> str:
    return file if file in LEVELS else file.partition("/")[0] + "/"


def _imported_files(tree: ast.AST) -> set[str]:
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    ours = {module.removeprefix("active_users.").replace(".", "/") for module in modules if "active_users." in module}
    return {file for module in ours for file in (f"{module}.py", f"{module}/__init__.py") if (SOURCES / file).exists()}


def test_every_file_has_a_room() -> None:
    assert {_room_of(file) for file in FILES} == set(LEVELS)


@pytest.mark.parametrize("file", FILES)
def test_imports_go_downwards(file: str) -> None:
    imported = _imported_files(ast.parse((SOURCES / file).read_text()))
    others = {_room_of(other) for other in imported if other in FILES} - {_room_of(file)}
    assert [other for other in others if LEVELS[other] >= LEVELS[_room_of(file)]] == []


def test_no_files_of_a_room_import_each_other_in_a_circle() -> None:
    imports = {file: _imported_files(ast.parse((SOURCES / file).read_text())) & set(FILES) for file in FILES}
    while free := [file for file, others in imports.items() if not others & set(imports)]:
        for file in free:
            del imports[file]
    assert imports == {}


def test_these_tests_find_the_imports_of_a_file() -> None:
    assert _imported_files(ast.parse((SOURCES / "access.py").read_text())) >= {"api/__init__.py", "settings.py"}


@pytest.mark.parametrize("file", FILES)
def test_no_function_imports(file: str) -> None:
    functions = [
        node
        for node in ast.walk(ast.parse((SOURCES / file).read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert not [
        node for function in functions for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def _files_with(text: str) -> list[str]:
    return [file for file in FILES if text in (SOURCES / file).read_text()]


def test_one_file_reads_the_settings() -> None:
    assert _files_with("django.conf import") == ["reading.py"]


def test_one_file_knows_the_clients_of_redis() -> None:
    assert _files_with("django_redis import") + _files_with("RedisCache\n") == ["connections/cache_alias.py"]


def test_one_file_knows_the_keys_and_scripts() -> None:
    assert _files_with(":users") == ["store/shard.py"]


def test_no_script_walks_the_keyspace() -> None:
    for script in Path(SOURCES, "store/lua").glob("*.lua"):
        for command in ("KEYS'", "SCAN'", "HGETALL'", "SMEMBERS'", "FLUSH"):
            assert command not in script.read_text(), script


def _test_modules_mentioned(path: Path) -> set[str]:
    """The test modules and conftests that a file imports or names in a dotted path."""
    tree = ast.parse(path.read_text())
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {part for alias in node.names for part in alias.name.split(".")}
        elif isinstance(node, ast.ImportFrom):
            names |= {*(node.module or "").split("."), *(alias.name for alias in node.names)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names |= set(re.findall(r"\btests(?:\.\w+)*?\.(test_\w+|conftest)\b", node.value))
    return {name for name in names if name == "conftest" or name.startswith("test_")}


@pytest.mark.parametrize("path", sorted(TESTS.rglob("*.py")), ids=lambda path: str(path.relative_to(TESTS)))
def test_no_test_module_is_used_by_another_file(path: Path) -> None:
    """Code that several test modules need is in a file of its own, named after what it does."""
    assert _test_modules_mentioned(path) - {path.stem} == set()


@pytest.mark.parametrize("path", sorted(TESTS.rglob("conftest.py")), ids=lambda path: str(path.relative_to(TESTS)))
def test_a_conftest_holds_fixtures_and_hooks_only(path: Path) -> None:
    body = ast.parse(path.read_text()).body
    functions = [node for node in body if isinstance(node, ast.FunctionDef)]
    fixtures = [node for node in functions if any("pytest.fixture" in ast.unparse(by) for by in node.decorator_list)]
    hooks = [node for node in functions if node.name.startswith("pytest_")]
    assert len(fixtures) + len(hooks) == len(functions)
    assert not [node for node in body if isinstance(node, ast.ClassDef)]
