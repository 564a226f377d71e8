"""People on a list: what they are called, since when they are active, and in which order they stand."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.template import RequestContext, Template
from django.test import Client, RequestFactory
from django.utils import timezone

from active_users import api
from active_users.access import visible_places
from active_users.api.people import ARRIVALS
from active_users.keys import ActiveUserEntry
from active_users.rendering.count import UNKNOWN
from active_users.rendering.people import People
from active_users.store.answers import Person
from active_users.store.current import get_store
from active_users.visits.visit import begin_visit

from .browsers import Browser
from .clocks import NOON, MakeStore, ServerClock
from .entries import as_stored
from .servers import Server


def _arrive(server: Server, name: str, *, since: int) -> None:
    """Note somebody, as if they had come then, in seconds since 1970."""
    entry = ActiveUserEntry()
    entry.user_id = entry.username = name
    store = get_store()
    store.note(name, entry.dump()).result()
    server.client.hset(store.shard_of(name).entries_key, name, as_stored(entry.dump(), since=since))


def test_people_know_since_when_they_are_here_and_when_they_were_seen(ada: User, no_memo: None) -> None:
    before = timezone.now() - timedelta(seconds=1)
    browser = Browser(Client()).log_in(ada)
    browser.get("/plain")
    (first,) = api.get_active_users()
    browser.get("/plain")
    (person,) = api.get_active_users()
    assert before < person.since == first.since <= first.last_seen < person.last_seen < timezone.now()
    assert person == {field: person[field] for field in ("user_id", "session_id", "ip", "username")}
    (other,) = api.get_active_users(limit=1)
    assert (other, other.since, other.last_seen) == (person, person.since, person.last_seen)


def test_somebody_who_stays_away_for_a_window_comes_anew(make_store: MakeStore, server_clock: ServerClock) -> None:
    store, since = make_store(20), []
    for pause in (0, 19_000, 19_000, 20_000, 1000):
        server_clock.put_forward(pause)
        store.note("ada", str(pause)).result()
        since += [person.since * 1000 - NOON for person in store.page(limit=1).result().people]
    store.forget("ada").result()
    server_clock.put_forward(1000)
    store.note("ada", "").result()
    since += [person.since * 1000 - NOON for person in store.walk()]
    assert since == [0, 0, 0, 58_000, 58_000, 60_000]


@pytest.mark.parametrize("shards", [1, 3])
def test_in_the_order_of_arrival_a_click_moves_nobody(call: Any, settings: Any, server: Server, shards: int) -> None:
    settings.ACTIVE_USERS_SHARDS = shards
    clock, names = 1_700_000_000, ["cy", "ada", "bob", "dee"]
    for number, name in enumerate(names):
        _arrive(server, name, since=clock + number)
    for click in ("ada", "dee", "cy"):
        time.sleep(0.002)  # so that no two are seen in the same millisecond
        _arrive(server, click, since=clock + names.index(click))
        assert [user.name for user in call("list_active_users", limit=10, order="arrival").users] == names
        assert [user.name for user in call("list_active_users", limit=2, order="arrival").users] == names[:2]
        assert call("list_active_users", limit=1).users[0].name == click


def test_of_many_the_order_of_arrival_has_those_seen_last(server: Server) -> None:
    for number in range(ARRIVALS + 5):
        _arrive(server, f"p{number}", since=1_700_000_000 - number)
    found = api.list_active_users(limit=3, order="arrival")
    assert found.count == ARRIVALS + 5
    assert [user.name for user in found.users] == [f"p{ARRIVALS + 4}", f"p{ARRIVALS + 3}", f"p{ARRIVALS + 2}"]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"user_id": "7", "username": "Ada"}, "Ada"),
        ({"user_id": "7", "username": ""}, "Member 7"),
        ({"user_id": "7", "username": "\u200b"}, "Member 7"),
        ({"user_id": "7"}, "Member 7"),
        ({"user_id": ""}, "Somebody"),
        ({}, "Somebody"),
    ],
)
def test_everybody_has_a_name(fields: dict[str, str], name: str) -> None:
    assert api.ActiveUser(fields, Person(0, b"", b"")).name == name


def test_a_list_that_is_cut_says_how_many_more_there_are() -> None:
    people = [api.ActiveUser({"username": name}, Person(0, b"", b"")) for name in ("ada", "bob")]
    html = str(People(people, total=492, request=None, limit=2))
    assert "<bdi>bob</bdi></li>" in html
    assert '<li class="active-users-more">and 490 more</li>' in html
    assert People(people, total=492, request=None, limit=2, offset=100).more == 390
    for total in (2, 1, UNKNOWN):  # the number may be older than the list
        assert "more" not in str(People(people, total=total, request=None, limit=2))
    assert "more" not in str(People(people, total=492, request=None, limit=3))  # somebody has just come
    assert People([], total=492, request=None, limit=2).more == 0  # to a requester who may see nobody


def test_the_numbers_above_and_beside_a_list_agree_although_somebody_comes_in_between(
    ada: User, server: Server
) -> None:
    def arrive(_: Any = None) -> str:
        _arrive(server, "somebody else", since=1)
        return ""

    request = RequestFactory().get("/")
    request.user = ada
    for above, below in [("{% active_users_count %}", ""), ("", "{% active_users_count %}")]:
        api.clear()
        _arrive(server, "bob", since=1)
        begin_visit(request)
        middle = "{% active_users_list as people %}{{ people.total }}{{ arrive }}"
        template = Template("{% load active_users %}" + above + "{{ arrive }}" * bool(above) + middle + below)
        assert template.render(RequestContext(request, {"arrive": arrive})) == "11"


def test_only_holders_of_the_permission_see_places(ada: User, bob: User) -> None:
    bob.user_permissions.add(Permission.objects.get(codename="view_activeuser"))
    api.get_active_users_count()
    get_store().note("7", "", place="a secret").result()
    viewers: list[tuple[Any, list[api.ActivePlace]]] = [
        (ada, []),
        (bob, [api.ActivePlace("a secret", 1, 0)]),
        (AnonymousUser(), []),
    ]
    for user, places in viewers:
        request = RequestFactory().get("/")
        request.user = user
        assert visible_places(request) == places
    assert visible_places(None) == []
