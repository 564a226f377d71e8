from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.template import Context, Template
from django.utils import translation

from active_users.rendering.count import UNKNOWN

PEOPLE = "{% blocktranslate count p=n %}{{ p }} person{% plural %}{{ p }} people{% endblocktranslate %}"


def _render(template: str, **context: Any) -> str:
    return Template("{% load humanize i18n l10n %}" + template).render(Context({"n": UNKNOWN} | context))


@pytest.mark.parametrize(
    "template",
    [
        "{{ n }}",
        "{{ n|intcomma }}",
        "{{ n|intword }}",
        "{{ n|add:1 }}",
        '{{ n|add:"1" }}',
        "{{ n|floatformat }}",
        '{{ n|stringformat:"d" }}',
        '{{ n|stringformat:"s" }}',
        "{{ n|localize }}",
        "{{ n|unlocalize }}",
        "{{ n|pluralize }}",
        "{% widthratio n 10 100 %}",
        "{% autoescape off %}{{ n }}{% endautoescape %}",
        "{% if n %}known{% endif %}",
        "{% if n == 0 %}nobody{% endif %}",
        "{% if n == 1 %}somebody{% endif %}",
        "{% if n < 1 or n <= 0 %}few{% endif %}",
        "{% if n > 0 or n >= 0 %}some{% endif %}",
    ],
)
@pytest.mark.parametrize("separator", [False, True])
def test_no_filter_or_tag_turns_the_unknown_count_into_a_number(template: str, separator: bool, settings: Any) -> None:
    settings.USE_THOUSAND_SEPARATOR = separator
    assert _render(template).strip() in ("", "s")


@pytest.mark.parametrize("language", ["en", "de", "fr", "ru", "pl", "ar", "ja", "sl"])
def test_blocktranslate_count_does_not_fail(language: str) -> None:
    with translation.override(language):
        assert _render(PEOPLE).strip() in ("person", "people")


@pytest.mark.parametrize("language", ["en", "de", "fr", "ru", "pl", "ar", "ja", "sl"])
def test_ngettext_does_not_fail(language: str) -> None:
    with translation.override(language):
        assert translation.ngettext("%(n)d day", "%(n)d days", UNKNOWN)


def test_the_unknown_count_takes_a_default_and_equals_no_number() -> None:
    assert _render('{{ n|default:"unknown" }}') == "unknown"
    assert UNKNOWN == UNKNOWN
    assert UNKNOWN != 0
    assert repr(UNKNOWN) == "UNKNOWN"
    assert len({UNKNOWN, UNKNOWN}) == 1
    assert json.dumps({"count": UNKNOWN}, cls=DjangoJSONEncoder) == '{"count": ""}'
    with pytest.raises(ValueError, match="unknown"):
        int(UNKNOWN)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ n|pluralize }}", "s"),
        ("{{ n|intcomma }}", "1,234"),
        ("{{ n|add:1 }}", "1235"),
        ("{% if n > 1000 %}many{% endif %}", "many"),
        (
            "{% blocktranslate count counter=n %}one{% plural %}{{ counter }} people{% endblocktranslate %}",
            "1234 people",
        ),
    ],
)
def test_a_known_count_is_an_int_to_every_filter(template: str, text: str) -> None:
    assert _render(template, n=lambda: 1234) == text
