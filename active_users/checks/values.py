"""Names, numbers, lists and switches."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_network

from django.core import checks
from django.core.checks import CheckMessage, Error

from active_users.settings import ActiveUsersSettings, active_users_settings


def check_values() -> Iterator[CheckMessage]:
    yield from _check_names()
    yield from _check_numbers()
    yield from _check_exclude_url_patterns()
    yield from _check_trusted_proxies()
    yield from _check_anonymize_ip()


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


def _check_anonymize_ip() -> Iterator[CheckMessage]:
    value: object = active_users_settings.ANONYMIZE_IP
    if not isinstance(value, bool):
        yield Error(
            f"ACTIVE_USERS_ANONYMIZE_IP should be True or False, not {value!r}.",
            hint="Correct it, or remove it for False.",
            id="active_users.E020",
        )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_sequence_of_text(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(item, str) for item in value)
