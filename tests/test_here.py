"""Who reads a page: its reader's polls put them there, and its place travels signed."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

from active_users import api
from active_users.places import MAX_LENGTH, name_place, sign_place
from active_users.visits.polling import LOGOUT_TAKES

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


@pytest.mark.parametrize("signed", ["", "room 7", "x:y", sign_place("room 7") + "x"])
def test_a_place_that_no_page_was_given_is_refused(browser: Browser, signed: str) -> None:
    response = browser.get(
        "/active-users-live/",
        query_params={"shown": f"here:{signed}:"},
        headers={"Active-Users-Present": "opened"},
    )
    assert response.status_code == 400
    assert api.get_active_places() == []


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
