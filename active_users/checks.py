"""System checks: a mistake in the configuration is told by name, with what to do about it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_network
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, Error
from django.utils.module_loading import import_string
from redis import RedisError

from active_users.cache_alias import find_pool, is_cluster
from active_users.keys import AbstractActiveUserEntry
from active_users.settings import ActiveUsersSettings, active_users_settings

# By path, for Django's own cannot be imported while the apps are loading.
OURS = "active_users.middleware.ActiveUsersSessionMiddleware"
BEFORE_OURS = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
)


# A count asks every shard: beyond that it is slow, and no cluster needs it.
MOST_SHARDS = 256


def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """Every ``ACTIVE_USERS_…`` setting by itself, then what they must be to each other."""
    return [
        *_check_names(),
        *_check_numbers(),
        *_check_exclude_url_patterns(),
        *_check_key_class(),
        *_check_cache_alias(),
        *_check_key_prefix(),
        *_check_shards(),
        *_check_trusted_proxies(),
        *_check_visible_fields(),
        *_check_anonymize_ip(),
        *_check_is_hidden(),
    ]


def check_middleware(**kwargs: Any) -> list[CheckMessage]:
    """That the middleware is there, once, and behind those that it needs."""
    ours = _positions(OURS)
    if not ours:
        return [
            checks.Warning(
                f"MIDDLEWARE should contain {OURS}: without it nobody is noted.",
                hint=f"Add it after {BEFORE_OURS[-1]}.",
                id="active_users.W001",
            )
        ]
    messages: list[CheckMessage] = []
    if len(ours) > 1:
        messages.append(
            Error(
                f"MIDDLEWARE should contain {OURS} once, not {len(ours)} times.",
                hint="Remove all but the last.",
                id="active_users.E001",
            )
        )
    messages.extend(
        Error(
            f"MIDDLEWARE should have {OURS} after {required}.",
            hint="Move it down.",
            id="active_users.E002",
        )
        for required in BEFORE_OURS
        if any(position > ours[0] for position in _positions(required))
    )
    return messages


def _check_names() -> Iterator[CheckMessage]:
    known = {name for name, attribute in vars(ActiveUsersSettings).items() if isinstance(attribute, property)}
    for name in sorted(active_users_settings.written_names - known):
        yield checks.Warning(
            f"ACTIVE_USERS_{name} is not a setting of this version of django-active-users.",
            hint="Correct its name, or remove it.",
            id="active_users.W002",
        )


def _check_numbers() -> Iterator[CheckMessage]:
    numbers: list[tuple[str, str, str, Callable[[float], bool]]] = [
        ("KEY_EXPIRE", "E003", "above 0", lambda seconds: seconds > 0),
        ("TOUCH_INTERVAL", "E004", "of 0 or more", lambda seconds: seconds >= 0),
        ("REDIS_TIMEOUT", "E005", "above 0", lambda seconds: seconds > 0),
        ("RETRY_AFTER", "E006", "above 0", lambda seconds: seconds > 0),
        ("REFRESH_SECONDS", "E007", "of 1 or more", lambda seconds: seconds >= 1),
    ]
    good = set()
    for name, check_id, range_text, is_within in numbers:
        if name == "TOUCH_INTERVAL" and "KEY_EXPIRE" not in good:  # derived from it by default
            continue
        value = getattr(active_users_settings, name)
        if _is_number(value) and is_within(value):
            good.add(name)
        else:
            yield Error(
                f"ACTIVE_USERS_{name} should be a number of seconds {range_text}, not {value!r}.",
                hint="Correct it, or remove it for the default.",
                id=f"active_users.{check_id}",
            )
    if {"KEY_EXPIRE", "TOUCH_INTERVAL"} <= good:
        interval, window = active_users_settings.TOUCH_INTERVAL, active_users_settings.KEY_EXPIRE
        if interval >= window / 2:
            yield Error(
                f"ACTIVE_USERS_TOUCH_INTERVAL should be less than half of ACTIVE_USERS_KEY_EXPIRE, "
                f"not {interval!r} of {window!r}: people would drop out while they are there.",
                hint="Set it to None for a twentieth of the window.",
                id="active_users.E008",
            )


def _check_exclude_url_patterns() -> Iterator[CheckMessage]:
    patterns = active_users_settings.EXCLUDE_URL_PATTERNS
    if not _is_sequence_of_text(patterns):
        yield Error(
            f"ACTIVE_USERS_EXCLUDE_URL_PATTERNS should be a list of regular expressions, not {patterns!r}.",
            hint='Write it as ["^/health/"], with each pattern a string.',
            id="active_users.E009",
        )
        return
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            where = "" if error.pos is None else f" at position {error.pos}"
            yield Error(
                f"ACTIVE_USERS_EXCLUDE_URL_PATTERNS should hold regular expressions; {pattern!r} is none: "
                f"{error.msg}{where}.",
                hint="Correct the pattern; a literal bracket, dot or star is written with a backslash before it.",
                id="active_users.E010",
            )


def _check_key_class() -> Iterator[CheckMessage]:
    try:
        entry_class: object = active_users_settings.KEY_CLASS
    except Exception as error:
        yield _not_importable("KEY_CLASS", "a subclass of active_users.keys.AbstractActiveUserEntry", error, "E011")
        return
    if not (isinstance(entry_class, type) and issubclass(entry_class, AbstractActiveUserEntry)):
        yield Error(
            f"ACTIVE_USERS_KEY_CLASS should name a subclass of AbstractActiveUserEntry, not {entry_class!r}.",
            hint="Let the class inherit from active_users.keys.ActiveUserEntry or AbstractActiveUserEntry.",
            id="active_users.E012",
        )


def _check_cache_alias() -> Iterator[CheckMessage]:
    alias = active_users_settings.CACHE_ALIAS
    if is_cluster(alias):
        return
    try:
        find_pool(alias)
    except (RedisError, ImportError, TypeError) as error:
        yield Error(
            f"ACTIVE_USERS_CACHE_ALIAS should name a cache in Redis, not {alias!r}: {error}.",
            hint="Set up that alias in CACHES with django_redis.cache.RedisCache or "
            "django.core.cache.backends.redis.RedisCache, or name another.",
            id="active_users.E013",
        )


def _check_key_prefix() -> Iterator[CheckMessage]:
    prefix = active_users_settings.KEY_PREFIX
    if not (isinstance(prefix, str) and prefix and not set(prefix) & set("{}")):
        yield Error(
            f"ACTIVE_USERS_KEY_PREFIX should be text without braces, not {prefix!r}.",
            hint='Set it to a short name of the site, such as "shop".',
            id="active_users.E014",
        )


def _check_shards() -> Iterator[CheckMessage]:
    shards = active_users_settings.SHARDS
    if not (isinstance(shards, int) and not isinstance(shards, bool) and 1 <= shards <= MOST_SHARDS):
        yield Error(
            f"ACTIVE_USERS_SHARDS should be a whole number from 1 to {MOST_SHARDS}, not {shards!r}.",
            hint="Remove it for one shard, which is right unless the cache is a cluster.",
            id="active_users.E019",
        )
    elif shards == 1 and is_cluster(active_users_settings.CACHE_ALIAS):
        yield checks.Warning(
            "ACTIVE_USERS_SHARDS should be more than 1 where the cache is a cluster: all people are on one node.",
            hint="Set it to about twice the number of masters. That spreads notes and memory over them; in return a "
            "count or list asks every shard, one after the other. Silence this where one node is enough.",
            id="active_users.W003",
        )


def _check_trusted_proxies() -> Iterator[CheckMessage]:
    proxies = active_users_settings.TRUSTED_PROXIES
    hint = 'Write it as ["10.0.0.0/8", "2001:db8::1"]; "unix" stands for the other end of a Unix socket.'
    if not _is_sequence_of_text(proxies):
        yield Error(
            f"ACTIVE_USERS_TRUSTED_PROXIES should be a list of addresses and networks, not {proxies!r}.",
            hint=hint,
            id="active_users.E015",
        )
        return
    for proxy in proxies:
        try:
            if proxy != "unix":
                ip_network(proxy, strict=False)
        except ValueError:
            yield Error(
                f"ACTIVE_USERS_TRUSTED_PROXIES should hold addresses and networks; {proxy!r} is neither.",
                hint=hint,
                id="active_users.E016",
            )


def _check_visible_fields() -> Iterator[CheckMessage]:
    hint = 'Name one of yours or of ours, such as "active_users.access.members_see_names".'
    yield from _check_function("VISIBLE_FIELDS", hint, "E017", "E018")


def _check_is_hidden() -> Iterator[CheckMessage]:
    yield from _check_function("IS_HIDDEN", "Name a function of yours, or set it to None.", "E021", "E022", none=True)


def _check_function(
    name: str, hint: str, import_id: str, type_id: str, *, none: bool = False
) -> Iterator[CheckMessage]:
    try:
        function: object = getattr(active_users_settings, name)
    except Exception as error:
        yield _not_importable(name, "a function of the request", error, import_id)
        return
    if not callable(function) and not (none and function is None):
        yield Error(
            f"ACTIVE_USERS_{name} should name a function of the request, not {function!r}.",
            hint=hint,
            id=f"active_users.{type_id}",
        )


def _check_anonymize_ip() -> Iterator[CheckMessage]:
    value: object = active_users_settings.ANONYMIZE_IP
    if not isinstance(value, bool):
        yield Error(
            f"ACTIVE_USERS_ANONYMIZE_IP should be True or False, not {value!r}.",
            hint="Correct it, or remove it for False.",
            id="active_users.E020",
        )


def _not_importable(name: str, wanted: str, error: Exception, check_id: str) -> Error:
    return Error(
        f"ACTIVE_USERS_{name} should be the dotted path to {wanted}; it cannot be imported: {error}.",
        hint="Correct the path, or remove the setting for the default.",
        id=f"active_users.{check_id}",
    )


def _positions(wanted_path: str) -> list[int]:
    """Where in MIDDLEWARE a class or a subclass of it stands."""
    wanted = import_string(wanted_path)
    found = []
    for position, path in enumerate(active_users_settings.MIDDLEWARE):
        middleware = import_string(path)
        if isinstance(middleware, type) and issubclass(middleware, wanted):
            found.append(position)
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_sequence_of_text(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(item, str) for item in value)
