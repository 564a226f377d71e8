"""What readers of each language see: words, plural forms, dates and numbers."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import polib
import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.template import Context, Template
from django.utils import timezone, translation

from active_users.keys import ActiveUserEntry
from active_users.rendering.clock import to_second
from active_users.store.current import get_store

from .messages import LANGUAGES
from .offices import PAGE, client_of, staff, with_an_admin
from .servers import Server

pytestmark = pytest.mark.django_db

each_language = pytest.mark.parametrize("language", LANGUAGES)
AT = datetime(2026, 11, 3, 19, 14, 5, tzinfo=UTC)
PIECES = (
    "{% active_users_live limit=2 %}",
    "{% active_users_summary %}",
    "{% active_users_chart hours=1 %}",
    "{% active_users_chart hours=168 %}",
    "{% active_users_here %}",
)
# Words that English and the language share, and those of the tests' own data.
DATA = {"x", "y", "ada", "chief", "elsewhere", "reading", "e", "h"}
SAME = {
    "de": {"online", "in", "name", "id", "redis", "am"},
    "es": {"a", "id", "redis", "no"},
    "fr": {"a", "on", "id", "redis", "minutes", "active"},
    "ru": {"id", "redis"},
}


@pytest.fixture(scope="module", autouse=True)
def an_admin(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), with_an_admin():
        yield


def note(*, users: int = 0, guests: int = 0, place: str | None = None) -> None:
    for number in range(users):
        entry = ActiveUserEntry()
        entry.user_id, entry.username = str(number), "" if number else "ada"
        get_store().note(f"user {number}", entry.dump(), place=place).result()
    for number in range(guests):
        get_store().note(b"guest %d" % number, place=place).result()


def text_of(markup: str) -> str:
    markup = re.sub('<[^>]* aria-label="([^"]*)"[^>]*>', r" \1 ", markup)
    return re.sub("[ \n]+", " ", html.unescape(re.sub("<[^>]*>", " ", markup))).strip()


def show(template: str) -> str:
    return text_of(Template("{% load active_users %}" + template).render(Context()))


def show_admin(user: User) -> Iterator[str]:
    client = client_of(user)
    page = client.get(PAGE).content.decode()
    urls = re.findall(r'href="([^"]*/delete/)"', page)
    for markup in [page, *(client.get(PAGE + url).content.decode() for url in urls[:1])]:
        yield text_of(markup.partition('<div id="content"')[2].partition("<footer")[0].partition(">")[2])


def run(*arguments: str) -> str:
    out = StringIO()
    try:
        call_command("active_users", *arguments, stdout=out, no_color=True)
    except CommandError as error:
        return str(error)
    return out.getvalue()


def everything(user: User) -> str:
    """All that people see of us, of one moment."""
    shown = [show(piece) for piece in PIECES]
    shown += [run(), run("--forget", "elsewhere"), run("--wait-until-idle", "--timeout", "0")]
    return "\n".join([*shown, *show_admin(user)])


def words_of(text: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[^\W\d_]+", text)} - DATA


@each_language
@pytest.mark.parametrize("is_busy", [True, False])
def test_no_english_is_left(language: str, is_busy: bool, settings: Any) -> None:
    settings.ACTIVE_USERS_TRACK_GUESTS = True
    settings.ACTIVE_USERS_KEY_EXPIRE = 300
    chief = staff("chief", is_superuser=True)
    if is_busy:
        note(users=7, guests=23, place="/")
    with translation.override("en"):
        english = words_of(everything(chief))
    assert len(english) > 30
    with translation.override(language):
        shown = words_of(everything(chief))
    assert len(shown) > 30
    assert shown & english <= SAME[language]


@each_language
def test_no_english_is_left_while_redis_is_down(language: str, own_server: Server) -> None:
    chief = staff("chief", is_superuser=True)
    own_server.kill()
    with translation.override("en"):
        english = words_of("\n".join([*map(show, PIECES), *show_admin(chief)]))
    with translation.override(language):
        shown = words_of("\n".join([*map(show, PIECES), *show_admin(chief)]))
    assert len(shown) > 10
    assert shown & english <= SAME[language]


@pytest.mark.parametrize(
    ("language", "number", "sentence"),
    [
        ("de", 1, "1 Person ist online"),
        ("de", 2, "2 Personen sind online"),
        ("es", 0, "0 personas están en línea"),
        ("es", 1, "1 persona está en línea"),
        ("fr", 0, "0 personne est en ligne"),
        ("fr", 1, "1 personne est en ligne"),
        ("fr", 2, "2 personnes sont en ligne"),
        ("ru", 1, "1 человек на сайте"),
        ("ru", 3, "3 человека на сайте"),
        ("ru", 5, "5 человек на сайте"),
        ("ru", 22, "22 человека на сайте"),
    ],
)
def test_a_number_has_the_plural_form_of_its_language(language: str, number: int, sentence: str) -> None:
    note(users=number)
    with translation.override(language):
        assert show("{% active_users_live limit=0 %}").startswith(sentence)


@pytest.mark.parametrize(
    ("language", "users", "guests", "seconds", "sentence"),
    [
        ("de", 5, 23, 300, "28 Personen online: 5 Mitglieder und 23 Gäste in den letzten 5 Minuten."),
        ("es", 5, 23, 300, "28 personas en línea: 5 miembros y 23 invitados, en los últimos 5 minutos."),
        (
            "fr",
            5,
            23,
            300,
            "28 personnes en ligne\u202f: 5 membres et 23 invités, au cours des 5 dernières minutes.",
        ),
        ("ru", 5, 23, 300, "28 человек на сайте: 5 участников и 23 гостя за последние 5 минут."),
        ("ru", 21, 1, 120, "22 человека на сайте: 21 участник и 1 гость за последние 2 минуты."),
        ("ru", 2, 0, 60, "2 участника на сайте за последнюю 1 минуту."),
        ("ru", 0, 11, 3660, "11 гостей на сайте за последнюю 61 минуту."),
        ("de", 0, 0, 60, "Niemand war in der letzten Minute online."),
        ("fr", 0, 1, 45, "1 invité en ligne au cours des 45 dernières secondes."),
    ],
)
def test_the_line_of_a_forum_is_a_sentence(
    settings: Any, language: str, users: int, guests: int, seconds: int, sentence: str
) -> None:
    settings.ACTIVE_USERS_KEY_EXPIRE = seconds
    settings.ACTIVE_USERS_TRACK_GUESTS = True
    note(users=users, guests=guests)
    with translation.override(language):
        assert show("{% active_users_summary %}").startswith(sentence)


@pytest.mark.parametrize(
    ("language", "moment"),
    [
        ("de", "14.000, am 3. November 2026 um 20:14 Uhr"),
        ("es", "14\xa0000 en línea, el 3 de noviembre de 2026 a las 20:14"),
        ("fr", "14\xa0000 en ligne, le 3 novembre 2026 à 20:14"),
        ("ru", "14\xa0000, 3 ноября 2026 г. в 20:14"),  # noqa: RUF001
    ],
)
def test_the_record_has_date_and_number_as_they_are_written_there(
    key: Callable[[str], str], server: Server, settings: Any, language: str, moment: str
) -> None:
    settings.USE_THOUSAND_SEPARATOR = True
    fields: dict[Any, Any] = {"users": 14_000, "guests": 0, "at": int(AT.timestamp() * 1000)}
    server.client.hset(key("record"), mapping=fields)
    with translation.override(language), timezone.override("Europe/Berlin"):
        markup = Template("{% load active_users %}{% active_users_summary %}").render(Context())
        assert moment in html.unescape(markup)


@pytest.mark.parametrize(
    ("language", "time", "moment"),
    [
        ("en", "8:14:05 p.m.", "11/03/2026 8:14:05 p.m."),
        ("en-gb", "8:14:05 p.m.", "03/11/2026 8:14:05 p.m."),
        ("de", "20:14:05", "03.11.2026 20:14:05"),
        ("es", "20:14:05", "03/11/2026 20:14:05"),
        ("fr", "20:14:05", "03/11/2026 20:14:05"),
        ("ru", "20:14:05", "03.11.2026 20:14:05"),
        ("fi", "20.14.05", "3.11.2026 20.14.05"),
    ],
)
def test_a_time_with_seconds_is_written_as_the_language_writes_times(language: str, time: str, moment: str) -> None:
    with translation.override(language), timezone.override("Europe/Berlin"):
        assert to_second(AT, "TIME_FORMAT") == time
        assert to_second(AT, "SHORT_DATETIME_FORMAT") == moment
        assert to_second(datetime(2026, 11, 3, 20, 14, 5), "TIME_FORMAT") == time


@pytest.mark.parametrize(
    ("language", "since", "last_seen"),
    [
        ("en", r"\d+(:\d\d)? [ap]\.m\.|noon|midnight", r"\d+:\d\d:\d\d [ap]\.m\."),
        ("de", r"\d\d:\d\d", r"\d\d:\d\d:\d\d"),
    ],
)
def test_the_admin_has_times_in_the_readers_format(language: str, since: str, last_seen: str) -> None:
    client = client_of(staff("chief", is_superuser=True))
    client.get("/plain")
    with translation.override(language):
        cells = re.findall(r"<td><time [^>]*>([^<]*)</time></td>", client.get(PAGE).content.decode())
    assert re.fullmatch(since, cells[0])
    assert re.fullmatch(last_seen, cells[1])


def test_the_command_writes_numbers_as_the_sites_language_does(settings: Any) -> None:
    settings.USE_THOUSAND_SEPARATOR = True
    note(users=1001)
    with translation.override("de"):
        assert run().startswith("1.001 Personen sind aktiv.\n")
        assert run("--count") == "1001\n"  # which scripts read


def test_a_site_says_it_in_its_own_words_and_adds_a_language(settings: Any, tmp_path: Path) -> None:
    for language in ("de", "eo"):
        catalogue = polib.POFile()
        rule = "nplurals=2; plural=(n != 1);"
        catalogue.metadata = {"Content-Type": "text/plain; charset=UTF-8", "Plural-Forms": rule}
        catalogue.append(polib.POEntry(msgctxt="active users", msgid="Pause updates", msgstr="Paŭzi"))
        catalogue.append(
            polib.POEntry(
                msgctxt="active users",
                msgid="%(counter)s person online",
                msgid_plural="%(counter)s people online",
                msgstr_plural={0: "%(counter)s lampo", 1: "%(counter)s lampoj"},
            )
        )
        folder = tmp_path / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        catalogue.save_as_mofile(str(folder / "django.mo"))
    settings.LOCALE_PATHS = [tmp_path]
    settings.ACTIVE_USERS_TRACK_GUESTS = True
    note(users=2, guests=1)
    for language, members in (("de", "2 Mitglieder"), ("eo", "2 members")):
        with translation.override(language):
            assert "Paŭzi" in show("{% active_users_pause %}")
            assert f"3 lampoj: {members}" in show("{% active_users_summary %}")
