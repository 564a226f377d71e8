"""Reads the documentation: its pages, what their blocks of code are, and where their links lead."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .project import ROOT

DOCS = ROOT / "docs"
REPOSITORY = "https://github.com/n-elloco/django-active-users/blob/master/"
RAW = "https://raw.githubusercontent.com/n-elloco/django-active-users/master/"

_FENCE = re.compile(r"^ *```(\S*)$")
_EXCUSE = re.compile(r"<!-- not run: (.+) -->")
_FILE = re.compile(r"`([\w./-]+\.(?:py|html))`")
_FIRST_LINE = re.compile(r"(?:#|\{#) ([\w./-]+\.(?:py|html))(?: #\})?\n")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """
    A block of code. ``file`` is the last file that the paragraph above names, or that its own first line is. ``excuse``
    is why it cannot be run, and ``heading`` the heading that it is below. Each is empty if there is none.
    """

    language: str
    code: str
    line: int
    file: str
    excuse: str
    heading: str

    @property
    def is_settings(self) -> bool:
        """Whether it belongs into a site's settings: by its file, or because it changes nothing but constants."""
        if self.language != "python" or self.file:
            return self.file.endswith("/settings.py")
        return all(_root_of(statement).isupper() for statement in ast.parse(self.code).body)


def _root_of(statement: ast.stmt) -> str:
    """The name of what a statement changes, or ``""``."""
    node: ast.AST = statement
    while not isinstance(node, ast.Name):
        children = [child for field, child in ast.iter_fields(node) if field in ("targets", "target", "value", "func")]
        child = children[0] if children else None
        child = child[0] if isinstance(child, list) else child
        if not isinstance(child, ast.AST):
            return ""
        node = child
    return node.id


class Page:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text("utf-8")

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))

    @cached_property
    def blocks(self) -> list[Block]:
        return list(self._find_blocks())

    def _find_blocks(self) -> Iterator[Block]:
        lines = iter(enumerate(self.text.splitlines(), start=1))
        above: list[str] = []  # the lines of the paragraph above, and of a comment between
        heading, ended = "", False
        for number, line in lines:
            if fence := _FENCE.match(line):
                code = []
                for _, inside in lines:
                    if _FENCE.match(inside):
                        break
                    code.append(inside)
                paragraph = "\n".join(above)
                files, excuse = _FILE.findall(paragraph), _EXCUSE.search(paragraph)
                text = "\n".join(code) + "\n"
                files += _FIRST_LINE.findall(text[: text.index("\n") + 1])
                file = files[-1] if files and fence[1] in ("python", "html+django", "jinja") else ""
                yield Block(fence[1], text, number, file, excuse[1] if excuse else "", heading)
                above, ended = [], False
            elif not line:
                ended = not all(_EXCUSE.match(one) for one in above)
            else:
                if found := _HEADING.match(line):
                    heading = found[1]
                above = [line] if ended and not _EXCUSE.match(line) else [*above, line]
                ended = False

    @cached_property
    def files(self) -> dict[str, str]:
        """The files of Python that it shows."""
        return {block.file: block.code for block in self.blocks if block.file.endswith(".py")}

    @cached_property
    def prose(self) -> str:
        """The text without its blocks of code."""
        lines, is_code = [], False
        for line in self.text.splitlines():
            if _FENCE.match(line):
                is_code = not is_code
            elif not is_code:
                lines.append(line)
        return "\n".join(lines)

    @cached_property
    def headings(self) -> list[str]:
        return _HEADING.findall(self.prose)

    @cached_property
    def anchors(self) -> set[str]:
        """What a link can end with. A heading of which GitHub and MkDocs make different anchors has none."""
        slugs = [(_slug_of_github(heading), _slug_of_mkdocs(heading)) for heading in self.headings]
        assert len(set(slugs)) == len(slugs), f"{self} has two headings with the same anchor."
        return {github for github, mkdocs in slugs if github == mkdocs}

    @cached_property
    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    def section(self, heading: str) -> str:
        """What is below a heading, up to the next one of any level."""
        after = self.text.partition(f"# {heading}\n")[2]
        return re.split(r"\n#+ ", after)[0]

    def rows(self, heading: str) -> list[list[str]]:
        """The cells of the table below a heading, without its head."""
        lines = [line for line in self.section(heading).splitlines() if line.startswith("|")]
        return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def _slug_of_github(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _slug_of_mkdocs(heading: str) -> str:
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading.lower()).strip())


README = Page(ROOT / "README.md")
PAGES = [README, *map(Page, sorted(DOCS.rglob("*.md")))]


def page(name: str) -> Page:
    return Page(DOCS / name)
