"""``manage.py check --database default``, which tries the real server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks

from active_users import api
from active_users.checks.trial import COMMANDS
from active_users.store.current import get_store

from .servers import Server

AclUser = Callable[..., None]


@pytest.fixture
def become(own_server: Server, settings: Any) -> AclUser:
    """Let the site connect as a user who has only these rights."""

    def become(*rights: str) -> None:
        own_server.client.execute_command("ACL", "SETUSER", "site", "reset", "on", ">secret", *rights)
        options = {"PASSWORD": "secret"}
        location = f"unix://site@{own_server.socket}"
        settings.CACHES = {"default": {**own_server.cache["default"], "LOCATION": location, "OPTIONS": options}}

    return become


@pytest.fixture
def rights(settings: Any) -> list[str]:
    """What the documentation says that such a user needs."""
    return [f"~{{{settings.ACTIVE_USERS_KEY_PREFIX}:*", *(f"+{command}" for command in COMMANDS)]


def _try() -> list[CheckMessage]:
    return [message for message in run_checks(databases=["default"]) if message.id == "active_users.W005"]


def test_a_server_that_can_do_everything_gets_no_message_and_nobody_is_counted() -> None:
    get_store().note("ada", "payload").result()
    assert _try() == []
    assert api.get_active_users_count() == 1


def test_without_being_asked_for_no_server_is_tried(own_server: Server) -> None:
    before = own_server.connections_received()
    assert run_checks() == []
    assert own_server.connections_received() == before


def test_the_documented_rights_suffice_for_everything(become: AclUser, rights: list[str]) -> None:
    become(*rights)
    assert _try() == []
    store = get_store()
    assert store.note("ada", "payload").result() == 1
    assert api.get_active_users_count() == 1
    assert len(api.get_active_users(limit=10)) == len(api.get_active_users()) == 1
    assert store.last_seen(["ada"])
    assert store.forget("ada").result()
    assert store.note("ada", "payload").result() == 1
    assert api.clear()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_the_user_must_not_run_is_named(become: AclUser, rights: list[str], command: str) -> None:
    become(*rights, f"-{command}")
    (message,) = _try()
    assert f"'{command}'" in message.msg.lower()
    assert " ".join(rights) in str(message.hint)


def test_keys_that_the_user_must_not_touch_are_a_warning(become: AclUser, rights: list[str]) -> None:
    become("~{shop:*", *rights[1:])
    (message,) = _try()
    assert "key" in message.msg
    assert rights[0] in str(message.hint)


def test_a_server_that_is_down_is_a_warning(own_server: Server) -> None:
    own_server.kill()
    (message,) = _try()
    assert message.msg.startswith(
        "The Redis behind the cache 'default' should be able to note, count, list and forget "
    )
    assert message.msg.endswith(".")
    assert not message.msg.endswith("..")
    assert "CACHES" in str(message.hint)


def test_a_cache_that_is_not_redis_has_its_own_message_only(settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    assert [message.id for message in run_checks(databases=["default"])] == ["active_users.W006"]
