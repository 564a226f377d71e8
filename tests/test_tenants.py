"""Sites and tenants that Django's cache keeps apart are apart here too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.checks import run_checks
from django.http import HttpRequest

from active_users import api
from active_users.connections.cluster import ClusterConnection
from active_users.exceptions import ActiveUsersUnavailable
from active_users.settings import active_users_settings
from active_users.store.sharded import ActiveUserStore

from .browsers import Browser
from .connections import connect_to
from .servers import Server

pytestmark = pytest.mark.django_db

current: ContextVar[str] = ContextVar("current")


def make_key(key: str, key_prefix: str, version: int) -> str:
    """A tenant site's KEY_FUNCTION. Fails where there is no tenant."""
    return f"{current.get()}:{key_prefix}:{version}:{key}"


@contextmanager
def of(tenant: str) -> Iterator[None]:
    token = current.set(tenant)
    try:
        yield
    finally:
        current.reset(token)


class TenantMiddleware:
    """Takes the tenant from a header, as others do from the host. Without it there is no tenant."""

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        if "Tenant" not in request.headers:
            return self.get_response(request)
        with of(request.headers["Tenant"]):
            return self.get_response(request)


TENANTS = ["oslo", "{roma}"]


@pytest.fixture
def tenants(settings: Any) -> Iterator[None]:
    (default,) = settings.CACHES.values()
    settings.CACHES = {"default": default | {"KEY_FUNCTION": f"{__name__}.make_key"}}
    settings.MIDDLEWARE = [f"{__name__}.TenantMiddleware", *settings.MIDDLEWARE]
    yield
    for tenant in TENANTS:
        with of(tenant):
            api.clear()


def _active(tenant: str) -> list[str]:
    with of(tenant):
        people = api.get_active_users()
        assert len(people) == api.get_active_users_count()
        return [person["username"] for person in people]


@pytest.mark.parametrize("shards", [1, 3])
@pytest.mark.parametrize("from_path", [True, False])
def test_the_same_key_in_two_tenants_is_two_people(
    tenants: None, browser: Browser, ada: User, settings: Any, shards: int, from_path: bool
) -> None:
    """One browser, one session, one primary key, as where tenants have a database each."""
    settings.ACTIVE_USERS_SHARDS = shards
    if not from_path:
        settings.CACHES = {"default": settings.CACHES["default"] | {"KEY_FUNCTION": make_key}}
    browser.log_in(ada).get("/plain", headers={"Tenant": "oslo"})
    assert (_active("oslo"), _active("{roma}")) == (["ada"], [])
    User.objects.update(username="flavia")
    assert browser.get("/count", headers={"Tenant": "{roma}"}).content.strip() == b"1"
    assert (_active("oslo"), _active("{roma}")) == (["ada"], ["flavia"])
    listed = browser.get("/list", headers={"Tenant": "oslo"}).content.decode()
    assert "ada" in listed
    assert "flavia" not in listed


def test_deleting_or_forgetting_in_one_tenant_does_not_touch_the_other(
    tenants: None, browser: Browser, ada: User
) -> None:
    browser.log_in(ada)
    for tenant in TENANTS:
        browser.get("/plain", headers={"Tenant": tenant})
    with of("oslo"):
        assert api.is_active(ada) is True
        assert api.forget(ada) is True
        assert api.is_active(ada) is False
    assert _active("{roma}") == ["ada"]
    browser.get("/plain", headers={"Tenant": "oslo"})
    assert _active("oslo") == ["ada"]
    with of("{roma}"):
        ada.delete()
    assert (_active("oslo"), _active("{roma}")) == (["ada"], [])


def test_where_no_tenant_is_current_pages_work_and_the_number_is_unknown(
    tenants: None, browser: Browser, ada: User, log: Callable[[], list[str]]
) -> None:
    browser.log_in(ada)
    for page in ("/plain", "/list", "/live", "/active-users-live/"):
        assert browser.get(page).status_code == 200
    assert browser.get("/count").content.strip() == b""
    assert browser.get("/active-users-info/").status_code == 503
    with pytest.raises(ActiveUsersUnavailable, match="KEY_FUNCTION") as caught:
        api.get_active_users_count()
    assert isinstance(caught.value.__cause__, LookupError)
    assert set(log()) == {"ERROR"}
    assert [message.id for message in run_checks(databases=["default"])] == ["active_users.W009"]
    ada.delete()
    assert (_active("oslo"), _active("{roma}")) == ([], [])


def test_sites_whose_caches_differ_in_their_key_prefix_are_apart(
    browser: Browser, ada: User, settings: Any, server: Server
) -> None:
    del settings.ACTIVE_USERS_KEY_PREFIX
    site = uuid4().hex
    (default,) = settings.CACHES.values()
    for prefix, tag in ((f"{site}-a", f"{site}-a:au"), (f"{{{site}}}-b", f"({site})-b:au")):
        settings.CACHES = {"default": default | {"KEY_PREFIX": prefix}}
        assert api.get_active_users_count() == 0
        Browser(type(browser.client)()).log_in(ada).get("/plain")
        assert api.get_active_users_count() == 1
        assert server.client.zcard(f"{{{tag}:0}}:users") == 1
        assert run_checks() == []
        settings.ACTIVE_USERS_KEY_PREFIX = f"{site}-chosen"
        assert api.get_active_users_count() == 0  # a prefix that the site has chosen stays as it is
        del settings.ACTIVE_USERS_KEY_PREFIX
        assert api.clear() is True


@pytest.mark.parametrize("cache", [{}, {"KEY_PREFIX": ""}, {"KEY_PREFIX": None}])
def test_the_prefix_of_a_site_whose_cache_has_none_is_au(cache: dict[str, Any], settings: Any) -> None:
    del settings.ACTIVE_USERS_KEY_PREFIX
    settings.CACHES = {"default": settings.CACHES["default"] | cache}
    assert active_users_settings.KEY_PREFIX == "au"


def test_any_number_of_tenants_shares_the_connections_to_a_cluster(server: Server) -> None:
    connection = ClusterConnection(lambda key, error: connect_to(server.socket, 10), timeout=10, retry_after=1)
    stores = [ActiveUserStore(connection, f"test-{uuid4().hex[:12]}", 60, shards=2, tenant=f"t{n}") for n in range(40)]
    stores = [ActiveUserStore(connection, stores[0].prefix, 60, shards=2, tenant=store.tenant) for store in stores]
    before = server.connections_received()
    for store in stores:
        store.note("ada", "payload")
        store.note("bob", "payload")
    assert [store.count().result() for store in stores] == [2] * 40
    assert server.connections_received() - before <= 2
    for store in stores:
        assert store.clear().result() is True
    connection.close()
