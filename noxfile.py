"""``make matrix``: the tests with each Python and Django, and the lowest and highest versions of the dependencies."""

from __future__ import annotations

import nox

nox.needs_version = ">=2025.5"

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
DJANGOS = [nox.param(version, id=f"django{version.replace('.', '')}") for version in ("5.2", "6.0", "6.1")]
DEPENDENCIES = [nox.param(choice, id=choice) for choice in ("lowest", "highest")]


@nox.session(python=PYTHONS)
@nox.parametrize("dependencies", DEPENDENCIES)
@nox.parametrize("django", DJANGOS)
def tests(session: nox.Session, django: str, dependencies: str) -> None:
    """Run ``make test``, or the targets given after ``--``, in an environment with these versions."""
    if django != "5.2" and session.python == "3.11":
        session.skip(f"Django {django} needs Python 3.12.")
    requirements: list[str] = nox.project.load_toml("pyproject.toml")["project"]["dependencies"]
    others = [requirement for requirement in requirements if not requirement.startswith("django>=")]
    if dependencies == "lowest":
        others = [requirement.replace(">=", "==") for requirement in others]
    session.install("--upgrade", "pip")
    session.install(f"django~={django}.0", *others)
    location = session.virtualenv.location
    session.run("make", f"VENV={location}", "ARGS=", *(session.posargs or ["test"]), external=True)
