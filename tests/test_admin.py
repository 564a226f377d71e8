"""The admin's page of active users: who may open it, poll it and forget people, and what it costs."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any
from urllib.parse import unquote, urljoin

import pytest
from django.contrib import admin
from django.contrib.admin.utils import unquote as admin_unquote
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from active_users import api
from active_users.keys import ActiveUserEntry
from active_users.models import ActiveUser
from active_users.rendering.overview import Row
from active_users.store.current import get_store
from active_users.tickets import SECONDS

from .offices import PAGE, POLL, client_of, staff, urlpatterns, with_an_admin
from .project import SOURCES
from .servers import Server

pytestmark = pytest.mark.django_db

ADDRESS = "192.0.2.7"
PLACE = "/a/secret/place"
NOT_ALLOWED = "have permission"
IDENTITIES = ["7", "a_3Ab_5F", "a/b c?&=#", "<é>\"'", "0b9d2f7c-6d5e-4d55", "%2F", "x" * 100, "\ud800"]


@pytest.fixture(scope="module", autouse=True)
def an_admin(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), with_an_admin():
        yield


@pytest.fixture
def holder(db: None) -> Client:
    return client_of(staff("holder", "view_activeuser"))


@pytest.fixture
def superuser(db: None) -> Client:
    return client_of(staff("chief", is_superuser=True))


@pytest.fixture(autouse=True)
def somebody(ada: User) -> User:
    """Ada is online, in a place, at an address."""
    client_of(ada).get("/plain", REMOTE_ADDR=ADDRESS)
    identity = str(ada.pk)
    get_store().note(identity, _entry(identity, "ada", ADDRESS).dump(), place=PLACE).result()
    return ada


def everybody_sees_all(request: HttpRequest) -> Sequence[str]:
    return ActiveUserEntry.fields


class ServiceEntry(ActiveUserEntry):
    fields = (*ActiveUserEntry.fields, "service_id")


def _entry(identity: str, name: str = "", ip: str = "") -> ActiveUserEntry:
    entry = ActiveUserEntry()
    entry.user_id, entry.username, entry.ip = identity, name, ip
    return entry


def _text(response: Any) -> str:
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def _shown_on(client: Client) -> list[str]:
    found = re.findall(r'name="shown" value="([^"]*)"', _text(client.get(PAGE)))
    assert [shown.partition(":")[0] for shown in found] == ["figures", "overview"]
    return found


def _poll(client: Client, *shown: str, ticket: str = "") -> Any:
    headers = {"Active-Users": ticket} if ticket else {}
    return client.get(POLL, query_params={"shown": shown}, headers=headers)


def _forget_url(client: Client, name: str) -> str:
    (url,) = re.findall(rf'href="([^"]*/delete/)"[^>]*aria-label="Forget {name}"', _text(client.get(PAGE)))
    return PAGE + str(url)


def test_a_holder_of_the_permission_sees_who_is_where(holder: Client) -> None:
    page = _text(holder.get(PAGE))
    for text in ("ada", "holder", ADDRESS, PLACE, "Members online", "Most ever online"):
        assert text in page
    assert "<dd>2</dd>" in page
    assert "Active users" in _text(holder.get("/office/"))


def test_others_do_not_even_see_that_there_is_a_page(ada: User) -> None:
    client = client_of(staff("clerk", "view_user", "delete_activeuser"))
    assert client.get(PAGE).status_code == 403
    assert "Active users" not in _text(client_of(staff("guard", "view_user")).get("/office/"))
    for stranger in (Client(), client_of(ada)):
        assert stranger.get(PAGE).status_code == 302


def test_the_page_costs_no_query_of_its_own_and_most_polls_none(superuser: Client) -> None:
    superuser.get("/plain")  # somebody new is looked up once more
    with CaptureQueriesContext(connection) as queries:
        superuser.get(PAGE)
    assert [re.findall(r'FROM "(\w+)"', query["sql"]) for query in queries] == [["django_session"], ["auth_user"]]
    response = _poll(superuser, *_shown_on(superuser))
    with CaptureQueriesContext(connection) as queries:
        assert ADDRESS in _text(_poll(superuser, "overview:100:", ticket=response.headers["Active-Users"]))
    assert len(queries) == 0


def test_polls_bring_what_has_changed(holder: Client, bob: User) -> None:
    shown = _shown_on(holder)
    assert _poll(holder, *shown).status_code == 204
    client_of(bob).get("/plain")
    update = _text(_poll(holder, *shown))
    assert "bob" in update
    assert "<dd>3</dd>" in update


def test_a_person_seen_again_is_a_change(holder: Client, somebody: User, no_memo: None) -> None:
    shown = _shown_on(holder)
    get_store().note(str(somebody.pk), _entry(str(somebody.pk), "ada", ADDRESS).dump()).result()
    assert ADDRESS in _text(_poll(holder, *shown))


@pytest.mark.parametrize("rule", ["members_see_names", "everyone_sees_names", "staff_only", "everybody_sees_all"])
@pytest.mark.parametrize("who", ["stranger", "member", "staff"])
def test_who_names_the_pieces_by_hand_without_the_permission_learns_nothing(
    settings: Any, rule: str, who: str, ada: User, bob: User
) -> None:
    module = __name__ if rule == "everybody_sees_all" else "active_users.access"
    settings.ACTIVE_USERS_VISIBLE_FIELDS = f"{module}.{rule}"
    client = Client() if who == "stranger" else client_of(bob if who == "member" else staff("clerk"))
    ticket = _poll(client, "live:10:").headers["Active-Users"]
    for brought in ("", ticket):
        answer = _text(_poll(client, "figures::", "overview:100-user-forget:", ticket=brought))
        assert NOT_ALLOWED in answer
        for secret in ("ada", ADDRESS, PLACE, "<dd>"):
            assert secret not in answer


def test_a_page_that_lets_in_others_shows_them_nothing() -> None:
    page = _text(client_of(staff("clerk")).get("/ordinary/active_users/activeuser/"))
    assert NOT_ALLOWED in page
    for secret in ("ada", ADDRESS, PLACE, "<dd>"):
        assert secret not in page


def test_a_holder_of_whom_a_rule_shows_less_sees_less(holder: Client, settings: Any) -> None:
    settings.ACTIVE_USERS_VISIBLE_FIELDS = f"{__name__}.only_names"
    page = _text(holder.get(PAGE))
    assert "ada" in page
    assert ADDRESS not in page


def test_where_the_rule_shows_nobody_the_page_does_not_say_that_nobody_is_there(holder: Client, settings: Any) -> None:
    settings.ACTIVE_USERS_VISIBLE_FIELDS = f"{__name__}.nothing"
    page = _text(holder.get(PAGE))
    assert "<dd>2</dd>" in page
    assert "Nobody is online" not in page


def nothing(request: HttpRequest) -> Sequence[str]:
    return []


def only_names(request: HttpRequest) -> Sequence[str]:
    return ["username"]


def test_a_permission_that_is_withdrawn_empties_the_open_page_within_a_minute(
    holder: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = _shown_on(holder)
    ticket = _poll(holder, *shown).headers["Active-Users"]
    User.objects.get(username="holder").user_permissions.clear()
    assert _poll(holder, *shown, ticket=ticket).status_code == 204
    monkeypatch.setattr("active_users.tickets.SECONDS", 0)
    update = _text(_poll(holder, *shown, ticket=ticket))
    assert update.count("hx-swap-oob") == 2
    assert NOT_ALLOWED in update
    assert "ada" not in update
    assert SECONDS == 60


@pytest.mark.parametrize("options", ["", "x", "-1", "1001", "100-evil", "100-forget-user", "100-", "1_0"])
def test_options_that_nobody_was_given_are_refused(holder: Client, options: str) -> None:
    assert _poll(holder, f"overview:{options}:").status_code == 400


def test_forgetting_asks_first_and_is_logged(superuser: Client, somebody: User) -> None:
    url = _forget_url(superuser, "ada")
    assert "forget <bdi>ada</bdi>?" in _text(superuser.get(url))
    assert api.is_active(somebody)
    page = _text(superuser.post(url, {"post": "yes"}, follow=True))
    assert "Forgot “ada”" in page
    assert not api.is_active(somebody)
    index = _text(superuser.get("/office/"))
    assert re.search(r'class="deletelink">\s*<span[^>]*>[^<]*</span>\s*ada\s*<br>\s*<span[^>]*>Active user<', index)


def test_forgetting_takes_a_token_and_its_own_permission(holder: Client, somebody: User) -> None:
    chief = staff("chief", is_superuser=True)
    url = _forget_url(client_of(chief), "ada")
    assert client_of(chief, enforce_csrf_checks=True).post(url, {"post": "yes"}).status_code == 403
    assert "/delete/" not in _text(holder.get(PAGE))
    for method in (holder.get, holder.post):
        assert method(url, {"post": "yes"}).status_code == 403
    assert api.is_active(somebody)
    forgetter = client_of(staff("forgetter", "view_activeuser", "delete_activeuser"))
    forgetter.post(url, {"post": "yes"})
    assert not api.is_active(somebody)


@pytest.mark.parametrize("change", [lambda url: url.replace("/delete/", "x/delete/"), lambda url: f"{PAGE}7/delete/"])
def test_nobody_is_forgotten_by_a_url_that_we_did_not_sign(
    superuser: Client, somebody: User, change: Callable[[str], str]
) -> None:
    response = superuser.post(change(_forget_url(superuser, "ada")), {"post": "yes"})
    assert response.status_code == 302
    assert api.is_active(somebody)


@pytest.mark.parametrize("identity", IDENTITIES)
def test_anybody_can_be_forgotten_whatever_identifies_them(superuser: Client, identity: str) -> None:
    entry = _entry(identity, "somebody else")
    get_store().note(entry.identity, entry.dump()).result()
    superuser.post(_forget_url(superuser, "somebody else"), {"post": "yes"})
    assert "somebody else" not in {person.name for person in api.get_active_users()}


@pytest.mark.parametrize("pk", [7, 1234])
def test_names_link_to_the_users_admin_where_there_is_one(superuser: Client, pk: int, settings: Any) -> None:
    settings.USE_THOUSAND_SEPARATOR = True
    user = User.objects.create_user("eve", pk=pk)
    client_of(user).get("/plain")
    (link,) = re.findall(r'href="([^"]*)"[^>]*>eve</a>', _text(superuser.get(PAGE)))
    response = superuser.get(urljoin(PAGE, link))
    assert response.context["original"] == user
    assert "eve</a>" not in _text(superuser.get(PAGE.replace("office", "empty")))
    assert "eve</a>" not in _text(client_of(staff("clerk", "view_activeuser")).get(PAGE))
    assert "eve</a>" in _text(client_of(staff("keeper", "view_activeuser", "view_user")).get(PAGE))


@pytest.mark.parametrize("pk", IDENTITIES)
def test_a_link_to_a_user_leads_there_whatever_their_key(pk: str) -> None:
    now = timezone.now()
    url = Row("eve", pk, now, now, ADDRESS, [], pk).user_url
    (key,) = re.findall("^../../auth/user/([^/]*)/change/$", url)
    assert admin_unquote(unquote(key, errors="surrogatepass")) == pk


def test_fields_of_the_sites_own_have_columns(superuser: Client, settings: Any) -> None:
    settings.ACTIVE_USERS_KEY_CLASS = f"{__name__}.ServiceEntry"
    assert '<th scope="col">Service id</th>' in _text(superuser.get(PAGE))


def test_while_redis_is_down_the_page_says_so_and_nobody_is_forgotten(superuser: Client, own_server: Server) -> None:
    entry = _entry("7", "eve")
    get_store().note("7", entry.dump()).result()
    shown, url = _shown_on(superuser), _forget_url(superuser, "eve")
    own_server.kill()
    for page in (_text(superuser.get(PAGE)), _text(_poll(superuser, *shown))):
        assert "not known right now" in page
        assert "Nobody" not in page
        assert "<dd>" not in page
    assert "Nobody was forgotten" in _text(superuser.post(url, {"post": "yes"}, follow=True))
    assert "Active user<" not in _text(superuser.get("/office/"))


def test_without_a_url_to_poll_the_page_stays_as_it_is(
    superuser: Client, settings: Any, log: Callable[[], list[str]]
) -> None:
    settings.ROOT_URLCONF = tuple(urlpatterns[:2])
    for _ in range(2):
        page = _text(superuser.get(PAGE))
        assert ADDRESS in page
        assert "live.js" not in page
    assert log() == ["WARNING"]


def test_the_page_loads_htmx_only_where_django_htmx_is_installed(superuser: Client, settings: Any) -> None:
    assert "htmx-2.min.js" in _text(superuser.get(PAGE))
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "django_htmx"]
    assert "htmx-2.min.js" not in _text(superuser.get(PAGE))


def test_the_page_obeys_a_strict_policy(superuser: Client) -> None:
    page = _text(superuser.get(PAGE))
    content = page[page.index('id="content"') :]
    assert not re.search(r"<style|style=|<script(?![^>]* src=)|\son\w+=", content)


def test_the_page_registers_itself_unless_the_site_has_done_so() -> None:
    if admin.site.is_registered(ActiveUser):
        admin.site.unregister(ActiveUser)
    for _ in range(2):
        spec = spec_from_file_location("active_users_admin_again", SOURCES / "admin.py")
        assert spec is not None
        assert spec.loader is not None
        spec.loader.exec_module(module_from_spec(spec))
        assert admin.site.is_registered(ActiveUser)
