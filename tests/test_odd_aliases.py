"""Cache aliases with a mistake in them, or with options that few sites use."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import pytest
import redis
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from redis._parsers import _RESP2Parser

from active_users.checks import check_settings
from active_users.exceptions import ActiveUsersUnavailable
from active_users.store.current import get_store

from .browsers import Browser
from .servers import Server
from .sites import DJANGO_REDIS, DJANGO_S_OWN
from .waiting import wait_until

ODD: dict[str, Any] = {
    "unclosed bracket": "redis://[::1",
    "port that is no number": "redis://127.0.0.1:six",
    "port too large": "redis://127.0.0.1:99999999",
    "no scheme": "127.0.0.1:6379",
    "empty": "",
    "none": None,
    "option that is no number": "redis://127.0.0.1:1?socket_timeout=soon",
    "unknown option": "redis://127.0.0.1:1?colour=blue",
    "number": 7,
    "bytes": b"redis://127.0.0.1:1",
    "dict": {"host": "127.0.0.1"},
    "empty list": [],
}
ODD_CACHES: list[Any] = [
    {},
    [],
    "redis://127.0.0.1:1",
    {"default": {}},
    {"default": None},
    {"default": "redis://127.0.0.1:1"},
    {"other": {"BACKEND": DJANGO_S_OWN, "LOCATION": "redis://127.0.0.1:1"}},
    *({"default": {"BACKEND": backend, "LOCATION": "redis://127.0.0.1:1"}} for backend in (None, 5, "", "no.Cache")),
    *(
        {"default": {"BACKEND": DJANGO_S_OWN, "LOCATION": "redis://127.0.0.1:1", "OPTIONS": options}}
        for options in (None, "x", {"colour": "blue"}, {"parser_class": "nowhere.Parser"})
    ),
    *(
        # Each has a URL of its own, because django-redis keeps one pool for each URL, whatever its options.
        {"default": {"BACKEND": DJANGO_REDIS, "LOCATION": f"redis://127.0.0.1:1/{database}", "OPTIONS": options}}
        for database, options in enumerate(
            (
                None,
                "x",
                {"CLIENT_CLASS": "nowhere.Client"},
                {"CLIENT_CLASS": None},
                {"CLIENT_CLASS": "django_redis.client.ShardClient"},
                {"CONNECTION_FACTORY": "nowhere"},
                {"CONNECTION_FACTORY": "django_redis.pool.SentinelConnectionFactory"},
                {"CONNECTION_POOL_CLASS": "nowhere.Pool"},
                {"CONNECTION_POOL_KWARGS": 5},
                {"CONNECTION_POOL_KWARGS": {"colour": "blue"}},
                {"SOCKET_TIMEOUT": "soon"},
            ),
            start=1,
        )
    ),
]
FOUND_OUT_BY_CONNECTING = {
    "label too long": f"redis://{'x' * 70}.example",
    "empty label": "redis://a..b",
    "database that is no number": "redis://127.0.0.1:1/zero",
    "NUL in the path of a socket": "unix:///tmp/a\0b",
}


@pytest.mark.parametrize("backend", [DJANGO_REDIS, DJANGO_S_OWN])
@pytest.mark.parametrize("what", [*ODD, *FOUND_OUT_BY_CONNECTING])
def test_an_odd_location_is_named_by_the_check_and_fails_no_page(
    what: str, backend: str, browser: Browser, ada: User, settings: Any
) -> None:
    url = (ODD | FOUND_OUT_BY_CONNECTING)[what]
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": url}}
    _check_that_no_page_fails(browser, ada, settings)
    messages = check_settings()
    assert [message.id for message in messages] == (["active_users.E013"] if what in ODD else [])
    for message in messages:
        if what == "unknown option":
            assert message.msg.startswith("The cache 'default' in CACHES should lead to one Redis: TypeError: ")
        else:
            shown = "a dict" if what == "dict" else repr(url)
            assert message.msg == f"The LOCATION of the cache 'default' should be a URL of Redis, not {shown}."
            assert '"redis://localhost:6379"' in str(message.hint)


@pytest.mark.parametrize("caches", ODD_CACHES, ids=str)
def test_oddly_written_caches_are_named_by_the_check_and_fail_no_page(
    caches: Any, browser: Browser, ada: User, settings: Any
) -> None:
    settings.CACHES = caches
    _check_that_no_page_fails(browser, ada, settings)
    (message,) = check_settings()
    assert message.id == "active_users.E013"
    if isinstance(caches, dict) and "default" in caches:
        assert message.msg.startswith("The cache 'default' in CACHES should lead to one Redis: ")
    else:
        assert message.msg.startswith("ACTIVE_USERS_CACHE_ALIAS should name a cache in Redis, not 'default': ")
    assert "CACHES" in str(message.hint)


@pytest.mark.parametrize(
    ("location", "quoted"),
    [
        ("redis://127.0.0.1:six", "'redis://127.0.0.1:six'"),
        ("redis://:qQ/Qq@127.0.0.1:six", "'redis://***@127.0.0.1:six'"),
        ("redis://ada:qQ@Qq@127.0.0.1:six", "'redis://***@127.0.0.1:six'"),
        ("redis://:qQ,Qq@127.0.0.1:six", "'redis://***@127.0.0.1:six'"),
        ("redis://:qQQq:127.0.0.1:six", "'redis://***'"),
        ("ada:qQQq@127.0.0.1:6379", "'***@127.0.0.1:6379'"),
        ("127.0.0.1:1?password=qQ@Qq&db=2", "'127.0.0.1:1?password=***&db=2'"),
        ("redis://h:six?ssl_password=qQQq", "'redis://h:six?ssl_password=***'"),
        (["redis://:qQQq@a:six", "redis://:qQQq@b"], "['redis://***@b']"),
        (b"redis://:qQQq@127.0.0.1", "b'redis://***@127.0.0.1'"),
        ({"host": "127.0.0.1", "password": "qQQq"}, "a dict"),
    ],
)
@pytest.mark.parametrize("kind", [DJANGO_REDIS, DJANGO_S_OWN, "cluster"])
def test_a_location_is_quoted_without_its_password_in_the_check_the_log_and_the_error(
    location: Any, quoted: str, kind: str, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    options = {"CONNECTION_FACTORY": "active_users.cluster.ClusterConnectionFactory"} if kind == "cluster" else {}
    backend = DJANGO_REDIS if kind == "cluster" else kind
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": location, "OPTIONS": options}}
    settings.ACTIVE_USERS_SHARDS = 2
    text = f"The LOCATION of the cache 'default' should be a URL of Redis, not {quoted}"
    assert [message.msg for message in check_settings()] == [f"{text}."]
    with pytest.raises(ActiveUsersUnavailable) as caught:
        get_store().count().result()
    printed = "".join(traceback.format_exception(caught.value))
    wait_until(lambda: text in caplog.text)
    assert text in printed
    get_store().connection.close()
    for part in ("qQ", "Qq"):
        assert part not in caplog.text + printed


def test_a_mistake_in_the_address_of_a_cluster_is_named_without_the_password(settings: Any) -> None:
    options = {"CONNECTION_FACTORY": "active_users.cluster.ClusterConnectionFactory"}
    settings.CACHES = {
        "default": {"BACKEND": DJANGO_REDIS, "LOCATION": "redis://:secret/7@127.0.0.1:6379", "OPTIONS": options}
    }
    settings.ACTIVE_USERS_SHARDS = 2
    (message,) = check_settings()
    assert message.msg.endswith("should be a URL of Redis, not 'redis://***@127.0.0.1:6379'.")


def _check_that_no_page_fails(browser: Browser, ada: User, settings: Any) -> None:
    settings.ACTIVE_USERS_TOUCH_INTERVAL = 0
    browser.log_in(ada)
    for path in ("/plain", "/count", "/greet"):
        assert browser.get(path).status_code == 200
    with pytest.raises(ActiveUsersUnavailable):
        get_store().count().result()
    ada.delete()
    get_store().connection.close()


class Provider(redis.CredentialProvider):
    """Of credentials that come from elsewhere, such as a token service."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error
        self.calls = 0

    def get_credentials(self) -> tuple[str, str]:
        self.calls += 1
        if self.error is not None:
            raise self.error
        return "default", "secret"


@pytest.mark.parametrize(
    "error", [RuntimeError("the service is down"), ValueError(), ImproperlyConfigured("no token"), OSError()], ids=repr
)
def test_a_credential_provider_that_raises_is_asked_once_an_attempt_and_fails_no_page(
    error: Exception, browser: Browser, ada: User, own_server: Server, settings: Any, log: Callable[[], list[str]]
) -> None:
    own_server.client.config_set("requirepass", "secret")
    provider = Provider(error)
    options = {"CONNECTION_POOL_KWARGS": {"credential_provider": provider}}
    settings.CACHES = {"default": own_server.cache["default"] | {"OPTIONS": options}}
    settings.ACTIVE_USERS_TOUCH_INTERVAL = 0
    settings.ACTIVE_USERS_RETRY_AFTER = 3600
    browser.log_in(ada)
    for path in ("/plain", "/count") * 10:
        assert browser.get(path).status_code == 200
    with pytest.raises(ActiveUsersUnavailable, match=type(error).__name__):
        get_store().count().result()
    assert provider.calls == 1
    wait_until(lambda: log() == ["WARNING"])
    get_store().connection.close()
    settings.ACTIVE_USERS_RETRY_AFTER = 0.1
    assert get_store().connection.is_paused is False
    with pytest.raises(ActiveUsersUnavailable):
        get_store().count().result()
    provider.error = None
    wait_until(lambda: not get_store().connection.is_paused)
    browser.get("/plain")
    assert get_store().count().result() == 1
    own_server.client.execute_command("AUTH", "secret")


@pytest.mark.parametrize("prefix", ["plain", "café"])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1", "utf-16"])
@pytest.mark.parametrize("has_hiredis", [True, False], ids=["hiredis", "python"])
def test_the_encoding_of_the_alias_is_not_that_of_our_scripts_and_keys(
    has_hiredis: bool, encoding: str, prefix: str, server: Server, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: dict[str, Any] = {"encoding": encoding}
    if not has_hiredis:
        monkeypatch.setattr("redis.connection.HIREDIS_AVAILABLE", False)
        options["parser_class"] = _RESP2Parser
    url = f"{server.url}?{encoding}{has_hiredis}"  # django-redis keeps one pool for each URL, whatever its options
    settings.CACHES = {
        "default": {"BACKEND": DJANGO_REDIS, "LOCATION": url, "OPTIONS": {"CONNECTION_POOL_KWARGS": options}}
    }
    settings.ACTIVE_USERS_KEY_PREFIX += prefix
    store = get_store()
    for _ in range(2):  # the scripts are sent whole first, then by name
        store.note("ædå", "päyload").result()
        assert store.count().result() == 1
        assert list(store.last_seen(["ædå"])) == ["ædå"]
        assert [person.payload for person in store.page(limit=10).result().people] == ["päyload"]
        assert store.forget("ædå").result() is True
