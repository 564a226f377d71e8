from __future__ import annotations

from typing import Any, NoReturn

import pytest
from django.core.checks import CheckMessage, run_checks
from django.http import HttpRequest

from active_users.checks import check_middleware, check_settings, check_store
from active_users.checks.values import ROWS, Row
from active_users.middleware import ActiveUsersSessionMiddleware
from active_users.settings import active_users_settings

from .sites import DJANGO_REDIS, DJANGO_S_OWN

OURS = "active_users.middleware.ActiveUsersSessionMiddleware"
SESSIONS = "django.contrib.sessions.middleware.SessionMiddleware"
AUTH = "django.contrib.auth.middleware.AuthenticationMiddleware"

NUMBER = "should be a number of seconds"
ABOVE_ZERO = f"{NUMBER} above 0 and up to 1000000000"
PATTERNS = "ACTIVE_USERS_EXCLUDE_URL_PATTERNS"


class Subclass(ActiveUsersSessionMiddleware):
    """A site's own subclass."""


class SubclassFrom041(ActiveUsersSessionMiddleware):
    """A site's own subclass, written for 0.4.1."""

    def process_request(self, request: HttpRequest) -> None:
        """Nothing calls this any more."""


def no_tenant(key: str, key_prefix: str, version: int) -> NoReturn:
    raise LookupError("no tenant")


def one_tenant(key: str, key_prefix: str, version: int) -> str:
    return f"shop:{key_prefix}:{version}:{key}"


def _ids(messages: list[CheckMessage]) -> list[str]:
    return [str(message.id).removeprefix("active_users.") for message in messages]


def test_the_checks_are_registered(settings: Any) -> None:
    settings.ACTIVE_USERS_KEY_PREFIX = "{"
    settings.MIDDLEWARE = [OURS, OURS]
    assert {"E001", "E014"} <= set(_ids(run_checks()))


def test_a_correct_site_gets_no_message() -> None:
    assert run_checks() == []


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        ({"REFRESH_SECONDS": 20, "KEY_EXPIRE": 20}, ["W011"]),
        ({"REFRESH_SECONDS": 19, "KEY_EXPIRE": 20}, []),
        ({"REFRESH_SECONDS": 20, "KEY_EXPIRE": 20, "LIVE_HEARTBEAT": False}, []),
        ({"TRACK_GUESTS": True, "LIVE_HEARTBEAT": False}, ["W012"]),
        ({"TRACK_GUESTS": True}, []),
    ],
)
def test_polls_should_be_able_to_keep_somebody(settings: Any, values: dict[str, Any], ids: list[str]) -> None:
    for name, value in values.items():
        setattr(settings, f"ACTIVE_USERS_{name}", value)
    assert _ids(check_settings()) == ids


@pytest.mark.parametrize(
    ("name", "value", "check_id", "message"),
    [
        ("KEY_EXPIRY", 20, "W002", "ACTIVE_USERS_KEY_EXPIRY is not a setting of this version of django-active-users."),
        ("KEY_EXPIRE", "20s", "E003", f"ACTIVE_USERS_KEY_EXPIRE {ABOVE_ZERO}, not '20s'."),
        ("KEY_EXPIRE", 0, "E003", f"ACTIVE_USERS_KEY_EXPIRE {ABOVE_ZERO}, not 0."),
        ("KEY_EXPIRE", True, "E003", f"ACTIVE_USERS_KEY_EXPIRE {ABOVE_ZERO}, not True."),
        ("KEY_EXPIRE", None, "E003", f"ACTIVE_USERS_KEY_EXPIRE {ABOVE_ZERO}, not None."),
        ("KEY_EXPIRE", float("inf"), "E003", f"ACTIVE_USERS_KEY_EXPIRE {ABOVE_ZERO}, not inf."),
        ("TOUCH_INTERVAL", -1, "E004", f"ACTIVE_USERS_TOUCH_INTERVAL {NUMBER} from 0 to 1000000000, or None, not -1."),
        ("REDIS_TIMEOUT", 0, "E005", f"ACTIVE_USERS_REDIS_TIMEOUT {ABOVE_ZERO}, not 0."),
        ("RETRY_AFTER", "5s", "E006", f"ACTIVE_USERS_RETRY_AFTER {ABOVE_ZERO}, not '5s'."),
        ("REFRESH_SECONDS", 0.5, "E007", f"ACTIVE_USERS_REFRESH_SECONDS {NUMBER} from 1 to 1000000000, not 0.5."),
        (
            "TOUCH_INTERVAL",
            1800,
            "E008",
            (
                "ACTIVE_USERS_TOUCH_INTERVAL should be less than half of ACTIVE_USERS_KEY_EXPIRE, which is 3600, not "
                "1800: people would drop out while they are still there."
            ),
        ),
        ("EXCLUDE_URL_PATTERNS", "^/x", "E009", f"{PATTERNS} should be a list of strings, not '^/x'."),
        ("EXCLUDE_URL_PATTERNS", [1], "E009", f"{PATTERNS} should be a list of strings, not [1]."),
        (
            "EXCLUDE_URL_PATTERNS",
            ["^/ok", "^/(x"],
            "E010",
            (
                f"{PATTERNS} should contain regular expressions; '^/(x' is not one: missing ), unterminated subpattern "
                "at position 2."
            ),
        ),
        (
            "KEY_CLASS",
            "nowhere.Entry",
            "E011",
            (
                "ACTIVE_USERS_KEY_CLASS should be the dotted path to a subclass of "
                "active_users.keys.AbstractActiveUserEntry, but 'nowhere.Entry' cannot be imported: "
                "No module named 'nowhere'."
            ),
        ),
        (
            "KEY_CLASS",
            "tests.test_checks.NUMBER",
            "E012",
            (
                "ACTIVE_USERS_KEY_CLASS should name a subclass of active_users.keys.AbstractActiveUserEntry, not "
                f"{NUMBER!r}."
            ),
        ),
        (
            "CACHE_ALIAS",
            "people",
            "E013",
            "ACTIVE_USERS_CACHE_ALIAS should name a cache in Redis, not 'people': there is no cache 'people'.",
        ),
        (
            "KEY_PREFIX",
            "a{b}",
            "E014",
            "ACTIVE_USERS_KEY_PREFIX should be a non-empty string without braces, or None, not 'a{b}'.",
        ),
        (
            "KEY_PREFIX",
            "",
            "E014",
            "ACTIVE_USERS_KEY_PREFIX should be a non-empty string without braces, or None, not ''.",
        ),
        (
            "TRUSTED_PROXIES",
            "10.0.0.1",
            "E015",
            "ACTIVE_USERS_TRUSTED_PROXIES should be a list of strings, not '10.0.0.1'.",
        ),
        (
            "TRUSTED_PROXIES",
            ["unix", "10.0.0.0/8", "nginx"],
            "E016",
            "ACTIVE_USERS_TRUSTED_PROXIES should contain IP addresses and networks; 'nginx' is neither.",
        ),
        (
            "VISIBLE_FIELDS",
            "active_users.access.nobody",
            "E017",
            (
                "ACTIVE_USERS_VISIBLE_FIELDS should be the dotted path to a function that takes the request, but "
                "'active_users.access.nobody' cannot be imported: "
                'Module "active_users.access" does not define a "nobody" attribute/class.'
            ),
        ),
        ("SHARDS", 0, "E019", "ACTIVE_USERS_SHARDS should be a whole number from 1 to 256, not 0."),
        ("SHARDS", 2.0, "E019", "ACTIVE_USERS_SHARDS should be a whole number from 1 to 256, not 2.0."),
        ("LIVE_HEARTBEAT", 1, "E033", "ACTIVE_USERS_LIVE_HEARTBEAT should be True or False, not 1."),
        ("ANONYMIZE_IP", "no", "E020", "ACTIVE_USERS_ANONYMIZE_IP should be True or False, not 'no'."),
        (
            "DISPLAY_NAME",
            "tests.rules.nickname",
            "E030",
            (
                "ACTIVE_USERS_DISPLAY_NAME should be the dotted path to a function that takes a user, but "
                "'tests.rules.nickname' cannot be imported: "
                'Module "tests.rules" does not define a "nickname" attribute/class.'
            ),
        ),
        (
            "DISPLAY_NAME",
            "tests.test_checks.NUMBER",
            "E031",
            f"ACTIVE_USERS_DISPLAY_NAME should name a function that takes a user, not {NUMBER!r}.",
        ),
        (
            "IS_HIDDEN",
            "active_users.nowhere",
            "E021",
            (
                "ACTIVE_USERS_IS_HIDDEN should be the dotted path to a function that takes the request, or None, but "
                "'active_users.nowhere' cannot be imported: "
                'Module "active_users" does not define a "nowhere" attribute/class.'
            ),
        ),
        (
            "IS_HIDDEN",
            "tests.test_checks.NUMBER",
            "E022",
            f"ACTIVE_USERS_IS_HIDDEN should name a function that takes the request, or None, not {NUMBER!r}.",
        ),
        (
            "VISIBLE_FIELDS",
            "tests.test_checks.NUMBER",
            "E018",
            f"ACTIVE_USERS_VISIBLE_FIELDS should name a function that takes the request, not {NUMBER!r}.",
        ),
    ],
)
def test_a_mistake_in_a_setting_is_named_with_its_remedy(
    name: str, value: Any, check_id: str, message: str, settings: Any
) -> None:
    setattr(settings, f"ACTIVE_USERS_{name}", value)
    (found,) = check_settings()
    assert (_ids([found]), found.msg) == ([check_id], message)
    assert found.hint


@pytest.mark.parametrize("backend", ["locmem.LocMemCache", "dummy.DummyCache", "db.DatabaseCache"])
def test_a_cache_that_is_not_in_redis_is_a_warning_so_that_a_site_runs_without_redis(
    backend: str, settings: Any
) -> None:
    settings.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{backend}", "LOCATION": "table"}}
    (found,) = check_settings()
    assert (_ids([found]), found.is_serious()) == (["W006"], False)
    assert found.msg.endswith(f"the cache 'default' is not a Redis cache but {backend.partition('.')[2]}.")


def test_a_number_may_be_text_as_in_the_environment(settings: Any) -> None:
    settings.ACTIVE_USERS_KEY_EXPIRE = "300"
    settings.ACTIVE_USERS_REDIS_TIMEOUT = "0.5"
    settings.ACTIVE_USERS_SHARDS = "2"
    assert check_settings() == []
    found = active_users_settings
    assert (found.KEY_EXPIRE, found.TOUCH_INTERVAL, found.REDIS_TIMEOUT, found.SHARDS) == (300, 15, 0.5, 2)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_is_right_and_what_is_not_is_said_of_every_setting(row: Row, settings: Any) -> None:
    """``None`` is right for some settings; then the message for what is wrong says so."""
    setattr(settings, f"ACTIVE_USERS_{row.name}", None)
    allows_none = check_settings() == []
    setattr(settings, f"ACTIVE_USERS_{row.name}", [7])
    (found,) = [message for message in check_settings() if row.name in message.msg]
    assert found.msg.startswith(f"ACTIVE_USERS_{row.name} should be ")
    assert found.msg.endswith(", not [7].")
    assert (", or None" in found.msg) == allows_none
    assert found.hint


def test_a_number_that_is_too_large_is_told_the_limit(settings: Any) -> None:
    settings.ACTIVE_USERS_TOUCH_INTERVAL = 10**12
    (found,) = check_settings()
    assert found.msg == f"ACTIVE_USERS_TOUCH_INTERVAL {NUMBER} from 0 to 1000000000, or None, not 1000000000000."


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("KEY_EXPIRY", "Perhaps ACTIVE_USERS_KEY_EXPIRE was meant."),
        ("CACHE", "Perhaps ACTIVE_USERS_CACHE_ALIAS was meant."),
        ("CACHES", "Perhaps ACTIVE_USERS_CACHE_ALIAS was meant."),
        ("HIDDEN", "Perhaps ACTIVE_USERS_IS_HIDDEN was meant."),
        ("COLOUR", "Correct its name, or remove it."),
    ],
)
def test_a_misspelt_name_gets_a_hint(name: str, hint: str, settings: Any) -> None:
    setattr(settings, f"ACTIVE_USERS_{name}", 5)
    assert [message.hint for message in check_settings()] == [hint]


@pytest.mark.parametrize(
    ("written", "check_id", "text"),
    [
        ("nowhere.make_key", "E032", "'nowhere.make_key' cannot be imported: No module named 'nowhere'."),
        ("make_key", "E032", "'make_key' cannot be imported: make_key doesn't look like a module path."),
        (5, "E032", "should be the dotted path to a function that takes a key, a prefix and a version, not 5."),
        ("tests.test_checks.NUMBER", "E032", f"takes a key, a prefix and a version, not {NUMBER!r}."),
        ("tests.test_checks.no_tenant", "W009", "'tests.test_checks.no_tenant' raised LookupError: no tenant."),
        (no_tenant, "W009", "raised LookupError: no tenant."),
        (len, "W009", "raised TypeError: len() takes exactly one argument (3 given)."),
    ],
)
@pytest.mark.parametrize("databases", [None, ["default"]])
@pytest.mark.parametrize("backend", [DJANGO_REDIS, DJANGO_S_OWN])
def test_a_key_function_that_cannot_be_called_is_named(
    backend: str, databases: list[str] | None, written: Any, check_id: str, text: str, settings: Any
) -> None:
    (default,) = settings.CACHES.values()
    settings.CACHES = {"default": default | {"BACKEND": backend, "KEY_FUNCTION": written}}
    # Not run_checks(), where Django's own check of caches raises an error if there is nothing to import.
    (found,) = [*check_settings(), *check_store(databases=databases)]
    assert _ids([found]) == [check_id]
    assert found.msg.startswith("The KEY_FUNCTION of the cache 'default' should ")
    assert text in found.msg
    assert found.hint


@pytest.mark.parametrize("written", ["tests.test_checks.one_tenant", one_tenant, None])
def test_a_key_function_that_works_gets_no_message(written: Any, settings: Any) -> None:
    (default,) = settings.CACHES.values()
    settings.CACHES = {"default": default | {"KEY_FUNCTION": written}}
    assert run_checks(databases=["default"]) == []


@pytest.mark.parametrize("name", ["KEY_CLASS", "VISIBLE_FIELDS", "IS_HIDDEN"])
def test_what_should_be_a_dotted_path_is_named_if_it_is_not_even_text(name: str, settings: Any) -> None:
    setattr(settings, f"ACTIVE_USERS_{name}", Subclass)
    (found,) = check_settings()
    assert found.msg.startswith(f"ACTIVE_USERS_{name} should be the dotted path to a ")
    assert found.msg.endswith(f", not {Subclass!r}.")
    assert found.hint == 'Set it to a string such as "shop.rules.name", or remove it to get the default.'


@pytest.mark.parametrize("name", ["VISIBLE_FIELDS", "IS_HIDDEN"])
def test_a_rule_that_is_async_is_named(name: str, settings: Any) -> None:
    setattr(settings, f"ACTIVE_USERS_{name}", "active_users.api.aget_active_users_count")
    (found,) = check_settings()
    assert "should name a function that takes the request" in found.msg
    assert "not <function aget" in found.msg
    assert "not an async one" in str(found.hint)


@pytest.mark.parametrize(
    ("middleware", "expected"),
    [
        ([SESSIONS, AUTH, OURS], []),
        ([SESSIONS, AUTH, "tests.test_checks.Subclass"], []),
        ([SESSIONS, "django.contrib.auth.middleware.RemoteUserMiddleware", OURS], ["W007"]),
        ([OURS], ["W007"]),
        ([SESSIONS, AUTH, OURS, "django.middleware.cache.FetchFromCacheMiddleware"], []),
        ([SESSIONS, AUTH, "django.middleware.cache.FetchFromCacheMiddleware", OURS], ["W008"]),
        ([SESSIONS, AUTH, "django.middleware.cache.CacheMiddleware", OURS], ["W008"]),
        (["django.middleware.cache.UpdateCacheMiddleware", SESSIONS, AUTH, OURS], []),
        ([SESSIONS, AUTH, "nowhere.Middleware", OURS], []),
        ([SESSIONS, AUTH], ["W001"]),
        ([], ["W001"]),
        ([SESSIONS, AUTH, "tests.test_checks.SubclassFrom041"], ["W004"]),
        ([SESSIONS, AUTH, OURS, "tests.test_checks.Subclass"], ["E001"]),
        ([SESSIONS, OURS, AUTH], ["E002"]),
        ([OURS, SESSIONS, AUTH], ["E002", "E002"]),
    ],
)
def test_the_middleware_should_be_there_once_and_late_enough(
    middleware: list[str], expected: list[str], settings: Any
) -> None:
    settings.MIDDLEWARE = middleware
    messages = check_middleware()
    assert _ids(messages) == expected
    assert all(message.hint for message in messages)


def test_a_subclass_that_still_overrides_process_request_is_named(settings: Any) -> None:
    settings.MIDDLEWARE = [SESSIONS, AUTH, "tests.test_checks.SubclassFrom041"]
    (message,) = check_middleware()
    assert message.msg == (
        "tests.test_checks.SubclassFrom041 should override process_view(), because process_request() no longer decides "
        "who is noted."
    )
