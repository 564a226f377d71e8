"""The texts that the package hands to gettext, found without GNU gettext, and those of a catalogue."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import polib
from django.utils.translation.template import templatize

from .project import SOURCES

LOCALE = SOURCES / "locale"
LANGUAGES = sorted(path.name for path in LOCALE.iterdir())
# As many strings as each takes.
FUNCTIONS = {"gettext": 1, "_": 1, "ngettext": 2, "pgettext": 2, "npgettext": 3}
CALL = re.compile(r"""\bn?p?gettext\((?:u'(?:\\.|[^'\\])*'|u"(?:\\.|[^"\\])*"|[, ]|count)*\)""")


class Message(NamedTuple):
    """What gettext is asked for."""

    context: str
    text: str
    plural: str


def find_in_code() -> set[Message]:
    sources = [path.read_text() for path in SOURCES.rglob("*.py")]
    for path in SOURCES.rglob("*.html"):
        sources += CALL.findall(templatize(path.read_text()))
    return {message for source in sources for message in _find_calls(source)}


def read_catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(LOCALE / language / "LC_MESSAGES" / "django.po"))


def read_compiled(path: Path) -> polib.MOFile:
    return polib.mofile(str(path))


def messages_of(catalogue: Iterable[Any]) -> set[Message]:
    return {Message(entry.msgctxt or "", entry.msgid, entry.msgid_plural or "") for entry in catalogue}


def texts_of(entry: Any) -> list[str]:
    """The translations of an entry: one, or one for each plural form."""
    forms: dict[int, str] = entry.msgstr_plural
    return [forms[number] for number in sorted(forms)] or [entry.msgstr]


def _find_calls(source: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = node.func.id.removesuffix("_lazy")
            if name in FUNCTIONS:
                first = node.args[: FUNCTIONS[name]]
                texts = [ast.literal_eval(argument) for argument in first]
                context = texts.pop(0) if "pgettext" in name else ""
                yield Message(context, *texts, *[""] * (2 - len(texts)))
