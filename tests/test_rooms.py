"""The rooms of the design: imports go downwards only, and never inside a function."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from .conftest import SOURCES

# From the top; a file may import from those below its own line. The README's "How it works" shows the same.
ROOMS = [
    ["apps.py", "urls.py", "models.py"],
    [
        "middleware.py",
        "context_processors.py",
        "templatetags/active_users.py",
        "views.py",
        "api/urls.py",
        "checks.py",
    ],
    ["rendering.py", "api/views.py"],
    ["access.py"],
    ["api/__init__.py"],
    ["visits.py"],
    ["current_store.py", "memo.py"],
    ["store.py", "keys.py"],
    ["cache_alias.py"],
    ["cluster.py"],
    ["connection.py", "client_ip.py"],
    ["settings.py", "exceptions.py", "breaker.py", "decorators.py", "unknown.py"],
    ["__init__.py", "templatetags/__init__.py", "migrations/__init__.py", "migrations/0001_initial.py"],
]
LEVELS = {file: -number for number, files in enumerate(ROOMS) for file in files}
FILES = sorted(str(path.relative_to(SOURCES)) for path in SOURCES.rglob("*.py"))


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
    assert sorted(LEVELS) == FILES


@pytest.mark.parametrize("file", FILES)
def test_imports_go_downwards(file: str) -> None:
    imported = _imported_files(ast.parse((SOURCES / file).read_text()))
    assert [other for other in imported if LEVELS[other] >= LEVELS[file]] == []


def test_somebody_does_import_somebody() -> None:
    assert _imported_files(ast.parse((SOURCES / "access.py").read_text())) >= {"api/__init__.py", "visits.py"}


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
    assert _files_with("django.conf import") == ["settings.py"]


def test_one_file_knows_the_clients_of_redis() -> None:
    assert _files_with("django_redis import") + _files_with("RedisCache\n") == ["cache_alias.py"]


def test_one_file_knows_the_keys_and_scripts() -> None:
    assert _files_with(":users") == ["store.py"]


def test_no_script_walks_the_keyspace() -> None:
    for script in Path(SOURCES, "lua").glob("*.lua"):
        for command in ("KEYS'", "SCAN'", "HGETALL'", "SMEMBERS'", "FLUSH"):
            assert command not in script.read_text(), script
