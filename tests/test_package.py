"""What the wheel contains, and how the package presents itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .project import RELEASE, ROOT, SOURCES

METADATA = f"django_active_users-{RELEASE}.dist-info"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, processes: None) -> Path:
    """The folder with the wheel and the source distribution."""
    directory = tmp_path_factory.mktemp("built")
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(directory)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    return directory


@pytest.fixture(scope="session")
def wheel(built: Path) -> Iterator[zipfile.ZipFile]:
    (path,) = built.glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        yield wheel


def test_the_wheel_holds_all_of_the_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    shipped = {name for name in wheel.namelist() if not name.startswith(METADATA)}
    sources = {str(path.relative_to(ROOT)) for path in SOURCES.rglob("*") if path.is_file()}
    assert shipped == {path for path in sources if "__pycache__" not in path}
    assert shipped >= {
        "active_users/py.typed",
        "active_users/locale/de/LC_MESSAGES/django.mo",
        "active_users/store/lua/note.lua",
        "active_users/static/active_users/live.js",
        "active_users/templates/active_users/live.html",
    }
    assert f"{METADATA}/licenses/LICENSE" in wheel.namelist()


def test_the_source_distribution_holds_all_of_the_package(built: Path, wheel: zipfile.ZipFile) -> None:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    assert packed >= {name for name in wheel.namelist() if not name.startswith(METADATA)}


IN_A_ZIP = """
import django
from django.conf import settings

settings.configure(INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "active_users"])
django.setup()
import active_users.middleware
from active_users.store.shard import NOTE

print(active_users.__file__)
print(NOTE.source.decode())
"""


def test_the_package_can_be_imported_from_a_zip_file_with_its_scripts(wheel: zipfile.ZipFile) -> None:
    packed = str(wheel.filename)
    command = [sys.executable, "-c", IN_A_ZIP]
    # In a folder without our sources, for Python looks in the current one first.
    process = subprocess.run(
        command, cwd=Path(packed).parent, env=os.environ | {"PYTHONPATH": packed}, capture_output=True, check=True
    )
    imported, _, source = process.stdout.decode().partition("\n")
    assert imported.startswith(packed)
    for name in ("_common", "_remember", "note"):
        for line in (SOURCES / "store" / "lua" / f"{name}.lua").read_text().splitlines():
            assert line in source


def test_the_wheel_depends_on_four_packages_without_upper_bounds(wheel: zipfile.ZipFile) -> None:
    metadata = wheel.read(f"{METADATA}/METADATA").decode()
    requirements = re.findall(r"^Requires-Dist: (.*)$", metadata, re.MULTILINE)
    assert {requirement.split(">=")[0] for requirement in requirements} == {
        "django",
        "django-htmx",
        "django-redis",
        "redis",
    }
    assert not [requirement for requirement in requirements if "<" in requirement]


def test_the_package_index_can_render_the_description(wheel: zipfile.ZipFile) -> None:
    command = [sys.executable, "-m", "twine", "check", "--strict", str(wheel.filename)]
    outcome = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.parametrize(
    "name", ["CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "pyproject.toml", "Makefile", "mkdocs.yml"]
)
def test_no_file_contains_the_address_of_a_registry_or_a_path_on_one_machine(name: str) -> None:
    text = Path(ROOT, name).read_text()
    assert not re.search(r"/(home|Users|root)/|pypi\.org|pythonhosted", text)
