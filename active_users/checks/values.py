"""Checks of numbers, texts, lists and switches: each setting is a row of a table."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_network
from typing import Any, Final, NamedTuple

from django.core import checks
from django.core.checks import CheckMessage, Error

from active_users.checks.messages import should
from active_users.settings import ActiveUsersSettings, active_users_settings

# A count asks every shard, so more would make it slow, and no cluster needs more.
MAX_SHARDS: Final = 256


class Value(NamedTuple):
    """What a setting should be. It is not checked while the setting that it is ``derived_from`` is wrong."""

    name: str
    check_id: str
    wanted: str
    is_right: Callable[[Any], bool]
    hint: str = "Correct it, or remove it to get the default."
    derived_from: str | None = None


def check_values() -> Iterator[CheckMessage]:
    yield from _check_names()
    wrong = set()
    for value in VALUES:
        if value.derived_from not in wrong and not value.is_right(getattr(active_users_settings, value.name)):
            wrong.add(value.name)
            yield should(value.name, f"be {value.wanted}", value.hint, value.check_id)
    if not wrong & {"KEY_EXPIRE", "TOUCH_INTERVAL"}:
        yield from _check_touch_interval()
    if "EXCLUDE_URL_PATTERNS" not in wrong:
        yield from _check_exclude_url_patterns()
    if "TRUSTED_PROXIES" not in wrong:
        yield from _check_trusted_proxies()


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_positive(value: Any) -> bool:
    return _is_number(value) and value > 0


def _is_not_negative(value: Any) -> bool:
    return _is_number(value) and value >= 0


def _is_one_or_more(value: Any) -> bool:
    return _is_number(value) and value >= 1


def _is_prefix(value: object) -> bool:
    return isinstance(value, str) and value != "" and not set(value) & set("{}")


def _is_number_of_shards(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_SHARDS


def _is_list_of_text(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(item, str) for item in value)


PROXIES_HINT: Final = 'Write it as ["10.0.0.0/8", "2001:db8::1"]; "unix" is the other end of a Unix socket.'

VALUES: Final = [
    Value("KEY_EXPIRE", "E003", "a number of seconds above 0", _is_positive),
    Value("TOUCH_INTERVAL", "E004", "a number of seconds, 0 or more", _is_not_negative, derived_from="KEY_EXPIRE"),
    Value("REDIS_TIMEOUT", "E005", "a number of seconds above 0", _is_positive),
    Value("RETRY_AFTER", "E006", "a number of seconds above 0", _is_positive),
    Value("REFRESH_SECONDS", "E007", "a number of seconds, 1 or more", _is_one_or_more),
    Value(
        "EXCLUDE_URL_PATTERNS",
        "E009",
        "a list of strings",
        _is_list_of_text,
        'Write it as ["^/health/"], each pattern a string.',
    ),
    Value(
        "KEY_PREFIX",
        "E014",
        "a non-empty string without braces",
        _is_prefix,
        'Set it to a short name for the site, such as "shop".',
    ),
    Value("TRUSTED_PROXIES", "E015", "a list of strings", _is_list_of_text, PROXIES_HINT),
    Value(
        "SHARDS",
        "E019",
        f"a whole number from 1 to {MAX_SHARDS}",
        _is_number_of_shards,
        "Remove it to get one shard, which is right unless the cache is a cluster.",
    ),
    Value(
        "ANONYMIZE_IP",
        "E020",
        "True or False",
        lambda value: isinstance(value, bool),
        "Correct it, or remove it to get False.",
    ),
]


def _check_names() -> Iterator[CheckMessage]:
    known = {name for name, attribute in vars(ActiveUsersSettings).items() if isinstance(attribute, property)}
    for name in sorted(active_users_settings.written_names - known):
        yield checks.Warning(
            f"ACTIVE_USERS_{name} is not a setting of this version of django-active-users.",
            hint="Correct its name, or remove it.",
            id="active_users.W002",
        )


def _check_touch_interval() -> Iterator[CheckMessage]:
    interval, window = active_users_settings.TOUCH_INTERVAL, active_users_settings.KEY_EXPIRE
    if interval >= window / 2:
        yield Error(
            f"ACTIVE_USERS_TOUCH_INTERVAL should be less than half of ACTIVE_USERS_KEY_EXPIRE, which is {window!r}, "
            f"not {interval!r}: people would drop out while they are still there.",
            hint="Remove it to get a twentieth of ACTIVE_USERS_KEY_EXPIRE.",
            id="active_users.E008",
        )


def _check_exclude_url_patterns() -> Iterator[CheckMessage]:
    for pattern in active_users_settings.EXCLUDE_URL_PATTERNS:
        try:
            re.compile(pattern)
        except re.error as error:
            where = "" if error.pos is None else f" at position {error.pos}"
            yield Error(
                f"ACTIVE_USERS_EXCLUDE_URL_PATTERNS should contain regular expressions; {pattern!r} is not one: "
                f"{error.msg}{where}.",
                hint="Correct the pattern. Put a backslash before a literal bracket, dot or star.",
                id="active_users.E010",
            )


def _check_trusted_proxies() -> Iterator[CheckMessage]:
    for proxy in active_users_settings.TRUSTED_PROXIES:
        try:
            if proxy != "unix":
                ip_network(proxy, strict=False)
        except ValueError:
            yield Error(
                f"ACTIVE_USERS_TRUSTED_PROXIES should contain IP addresses and networks; {proxy!r} is neither.",
                hint=PROXIES_HINT,
                id="active_users.E016",
            )
