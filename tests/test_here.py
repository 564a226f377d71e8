"""Who reads a page: its reader's polls put them there, and its place travels signed."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.signing import Signer
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import override_settings
from django.urls import include, path

from active_users import api
from active_users.places import MAX_LENGTH, name_place
from active_users.signatures import BadPlace, read_place, sign, sign_place
from active_users.visits.visit import LOGOUT_TAKES

from .browsers import Browser
from .clocks import Clock
from .servers import Server

pytestmark = pytest.mark.django_db

LOAD = "{% load active_users %}"
PAGES = {
    "read": "{% active_users_here %}",
    "room": '{% active_users_here "room 7" %}',
    "ada": "{% active_users_here ada %}",
    "numbers": "{% active_users_here '/read' as here %}"
    "{{ here.count }} {{ here.users }} {{ here.guests }} {{ here.people }}",
    "mistake": "{% active_users_here 7 %}!",
}


def page(request: HttpRequest, name: str) -> HttpResponse:
    context = {"ada": User.objects.filter(username="ada").first()}
    return HttpResponse(engines["django"].from_string(LOAD + PAGES[name]).render(context, request))


urlpatterns = [path("", include("active_users.urls")), path("<name>", page)]


@pytest.fixture(autouse=True)
def site(settings: Any, clock: Clock) -> None:
    settings.ROOT_URLCONF = __name__
    settings.ACTIVE_USERS_TRACK_GUESTS = True
    clock.put_forward(LOGOUT_TAKES)  # since the test before, at whose end everybody was forgotten


def shown_on(text: str) -> list[str]:
    return [html.unescape(value) for value in re.findall(r'name="shown" value="([^"]*)"', text)]


class Reader:
    """Somebody who opens pages, each of which polls."""

    def __init__(self, browser: Browser, agent: str = "Firefox") -> None:
        self.browser = browser
        self._agent = {"User-Agent": agent}

    def open(self, name: str) -> str:
        self.shown = shown_on(self.browser.get(f"/{name}", headers=self._agent).content.decode())
        return self.poll(presence="opened")

    def poll(self, *, presence: str = "true", shown: list[str] | None = None) -> str:
        headers = {**self._agent, **({"Active-Users-Present": presence} if presence else {})}
        response = self.browser.get("/active-users-live/", query_params={"shown": shown or self.shown}, headers=headers)
        assert response.status_code in (200, 204)
        text: str = response.content.decode()
        self.shown = shown_on(text) or self.shown
        return " ".join(re.sub("<[^>]*>", " ", text).split())


@pytest.fixture
def readers(new_browser: Callable[[], Browser], ada: User, bob: User) -> list[Reader]:
    """Ada, Bob, and a guest."""
    return [Reader(new_browser().log_in(ada)), Reader(new_browser().log_in(bob)), Reader(new_browser(), "Safari")]


def test_each_reader_counts_once_and_sees_the_others_come(readers: list[Reader]) -> None:
    ada, bob, guest = readers
    assert ada.open("read") == "1 person is reading this"
    assert ada.poll() == ""
    assert bob.open("read") == "2 people are reading this"
    assert guest.open("read") == "3 people are reading this"
    assert ada.poll() == "3 people are reading this"
    assert ada.browser.get("/numbers").content.decode().split("<")[0].split() == ["3", "2", "1"]


def test_who_opens_another_page_leaves_and_a_tab_behind_does_not_bring_them_back(readers: list[Reader]) -> None:
    ada, bob, _ = readers
    ada.open("read")
    bob.open("read")
    behind = ada.shown
    assert ada.open("room") == "1 person is reading this"
    ada.poll(shown=behind)
    assert bob.poll() == "1 person is reading this"
    assert api.get_active_users_count(place="room 7") == 1


def test_who_only_watches_is_not_there(readers: list[Reader]) -> None:
    ada, bob, _ = readers
    ada.open("read")
    bob.shown = ada.shown
    assert bob.poll(presence="") == ""
    assert api.get_active_users_count(place="/read") == 1


def test_pages_about_the_same_subject_have_the_same_readers(readers: list[Reader], ada: User) -> None:
    readers[0].open("ada")
    assert api.get_active_users_count(place=f"auth.user:{ada.pk}") == 1


BADLY_SIGNED: dict[str, Callable[[str], str]] = {
    "nothing": lambda place: "",
    "unsigned": lambda place: place,
    "made up": lambda place: "x:y",
    "changed": lambda place: sign_place(place) + "x",
    "another purpose": lambda place: sign(place, "ticket"),
    "a key that is gone": lambda place: Signer(key="old", salt="active_users").sign_object(place),
}


@pytest.mark.parametrize("kind", BADLY_SIGNED)
def test_a_place_that_no_page_was_given_shows_nothing_and_the_rest_of_the_page_goes_on(
    browser: Browser, ada: User, kind: str
) -> None:
    response = browser.log_in(ada).get(
        "/active-users-live/",
        query_params={"shown": [f"here:{BADLY_SIGNED[kind]('room 7')}:", "count::"]},
        headers={"Active-Users-Present": "opened"},
    )
    assert "reading" not in response.content.decode()
    assert "active-users-live-count" in response.content.decode()
    assert api.is_active(ada)
    assert api.get_active_places() == []


@pytest.mark.parametrize("other", [{"ACTIVE_USERS_KEY_PREFIX": "another site"}, {"SECRET_KEY": "another site"}])
def test_a_place_of_another_site_is_not_ours(settings: Any, other: dict[str, str]) -> None:
    with override_settings(**other):
        signed = sign_place("room 7")
        assert read_place(signed) == "room 7"
    with pytest.raises(BadPlace):
        read_place(signed)


def test_a_place_of_another_tenant_is_not_ours(settings: Any) -> None:
    tenant = ["a"]
    caches = {"default": settings.CACHES["default"] | {"KEY_FUNCTION": lambda key, *_: f"{tenant[0]}:{key}"}}
    with override_settings(CACHES=caches):
        signed = sign_place("room 7")
        assert read_place(signed) == "room 7"
        tenant[0] = "b"
        with pytest.raises(BadPlace):
            read_place(signed)


def test_where_the_tenant_is_unknown_a_page_has_no_piece_and_does_not_fail(browser: Browser, settings: Any) -> None:
    broken = settings.CACHES["default"] | {"KEY_FUNCTION": "no.such.function"}
    with override_settings(CACHES={"default": broken}):
        assert browser.get("/read").status_code == 200


def test_a_page_with_two_places_puts_its_reader_into_the_first(browser: Browser, ada: User) -> None:
    shown = [f"here:{sign_place(place)}:" for place in ("zebra", "apple")]
    headers = {"Active-Users-Present": "opened"}
    browser.log_in(ada).get("/active-users-live/", query_params={"shown": shown}, headers=headers)
    assert api.get_active_places() == [api.ActivePlace("zebra", 1, 0)]


def test_a_mistaken_subject_shows_nothing_and_is_logged(browser: Browser, log: Callable[[], list[str]]) -> None:
    assert browser.get("/mistake").content == b"!"
    assert log() == ["ERROR"]


@pytest.mark.parametrize("subject", [7, 0, False, 1.5, User(), b"place"])
def test_what_is_no_place_is_named(subject: Any) -> None:
    with pytest.raises(ValueError, match=r"the place should be"):
        name_place(subject, None)


def test_long_places_are_cut_and_stay_apart() -> None:
    places = {name_place("x" * 1000 + end, None) for end in "ab"}
    assert [len(place) for place in places] == [MAX_LENGTH, MAX_LENGTH]


def test_while_redis_is_down_nothing_is_said(browser: Browser, own_server: Server) -> None:
    own_server.kill()
    assert "reading" not in browser.get("/read").content.decode()
    assert browser.get("/numbers").content.decode().strip() == ""
