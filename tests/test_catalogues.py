"""The catalogues of the languages: complete, compiled, and safe beside those of a site and of Django."""

from __future__ import annotations

import gettext
import re
from pathlib import Path
from typing import Any

import django
import polib
import pytest

from .messages import LANGUAGES, LOCALE, find_in_code, messages_of, read_catalogue, read_compiled, texts_of

each_language = pytest.mark.parametrize("language", LANGUAGES)
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sr]|</?\w+>")
NARROW_SPACE = "\u202f"


def _plural_form(catalogue: polib.POFile, number: int) -> int:
    (rule,) = re.findall(r"plural=(.*);", catalogue.metadata["Plural-Forms"])
    return int(gettext.c2py(rule)(number))


def test_there_are_four_languages() -> None:
    assert LANGUAGES == ["de", "es", "fr", "ru"]


@each_language
def test_each_catalogue_has_every_text_of_the_code_and_no_other(language: str) -> None:
    """If this fails, run ``make messages``, and translate what it adds."""
    said = find_in_code()
    assert len(said) > 80
    assert messages_of(read_catalogue(language)) == said


@each_language
def test_nothing_is_untranslated_or_fuzzy(language: str) -> None:
    catalogue = read_catalogue(language)
    assert catalogue.metadata["Language"] == language
    assert not catalogue.metadata_is_fuzzy
    forms = {_plural_form(catalogue, number) for number in range(1000)}
    for entry in catalogue:
        assert not entry.fuzzy, entry.msgid
        assert not entry.obsolete, entry.msgid
        assert all(texts_of(entry)), entry.msgid
        assert len(texts_of(entry)) == (len(forms) if entry.msgid_plural else 1), entry.msgid


@each_language
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    """If this fails, run ``make messages``."""
    written, compiled = read_catalogue(language), read_compiled(LOCALE / language / "LC_MESSAGES" / "django.mo")

    def content(catalogue: Any) -> list[Any]:
        return sorted((entry.msgctxt or "", entry.msgid, texts_of(entry)) for entry in catalogue)

    assert content(compiled) == content(written)
    assert compiled.metadata["Plural-Forms"] == written.metadata["Plural-Forms"]


@each_language
def test_a_translation_has_the_placeholders_and_elements_of_its_text(language: str) -> None:
    """Only where a form is for one or none need it not say how many, as "in the last hour" does not."""
    catalogue = read_catalogue(language)
    for entry in catalogue:
        wanted = sorted(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
        for form, text in enumerate(texts_of(entry)):
            found = sorted(PLACEHOLDER.findall(text))
            says_number = not entry.msgid_plural or any(_plural_form(catalogue, n) == form for n in range(2, 1000))
            if says_number or "%(counter)s" in text:
                assert found == wanted, text
            else:
                assert found == [each for each in wanted if each != "%(counter)s"], text


def test_a_short_text_has_a_context_so_that_it_does_not_meet_another_of_the_site() -> None:
    """Django puts the texts of all apps into one catalogue, where "From" may be an address too."""
    for message in find_in_code():
        words = re.sub(r"%\(\w+\)s", "", message.text).split()
        assert message.context == ("active users" if len(words) <= 2 else message.context), message
        assert message.context in ("", "active users")


def test_no_text_without_a_context_is_one_of_djangos() -> None:
    catalogues = list(Path(django.__file__).parent.rglob("locale/de/LC_MESSAGES/django.mo"))
    assert len(catalogues) > 5
    texts = {entry.msgid for path in catalogues for entry in read_compiled(path)}
    assert {"Yes", "Delete"} <= texts
    assert not texts & {message.text for message in find_in_code() if not message.context}


@each_language
def test_quotation_marks_and_apostrophes_are_those_of_print(language: str) -> None:
    for entry in read_catalogue(language):
        for text in texts_of(entry):
            assert not re.search("[\"'`]|\\.\\.\\.", text), text
            assert text == text.strip(), text
            assert "  " not in text, text


def test_french_has_narrow_spaces_before_its_marks_and_german_has_its_own_quotation_marks() -> None:
    for entry in read_catalogue("fr"):
        for text in texts_of(entry):
            assert not re.search(f"[^{NARROW_SPACE}][:;!?»]|«[^{NARROW_SPACE}]", text), text
            assert not re.search("[„“”]", text), text
    for entry in read_catalogue("de"):
        for text in texts_of(entry):
            assert re.fullmatch("(?:[^„“”»«]|„[^„“”]*“)*", text), text
