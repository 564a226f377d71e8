"""Checks of the values of settings: each setting is a row of a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from difflib import get_close_matches
from ipaddress import ip_network
from typing import Final, NamedTuple

from django.core import checks
from django.core.checks import CheckMessage, Error

from active_users.settings import strict_settings
from active_users.values import PREFIX, Mistake, NotImportable


class Row(NamedTuple):
    """The id and the hint of a mistake in a setting, and the id of another if it should be a dotted path."""

    name: str
    check_id: str
    hint: str = "Correct it, or remove it to get the default."
    import_id: str = ""


PROXIES_HINT: Final = 'Write it as ["10.0.0.0/8", "2001:db8::1"]; "unix" is the other end of a Unix socket.'
PREFIX_HINT: Final = 'Set it to a short name for the site, such as "shop".'
IMPORT_HINT: Final = 'Set it to a string such as "shop.rules.name", or remove it to get the default.'

ROWS: Final = [
    Row("KEY_EXPIRE", "E003"),
    Row("TOUCH_INTERVAL", "E004"),
    Row("REDIS_TIMEOUT", "E005"),
    Row("RETRY_AFTER", "E006"),
    Row("REFRESH_SECONDS", "E007"),
    Row("LIVE_HEARTBEAT", "E033", "Correct it, or remove it to get True."),
    Row("EXCLUDE_URL_PATTERNS", "E009", 'Write it as ["^/health/"], each pattern a string.'),
    Row(
        "KEY_CLASS",
        "E012",
        "Make the class inherit from active_users.keys.ActiveUserEntry or AbstractActiveUserEntry.",
        import_id="E011",
    ),
    Row("CACHE_ALIAS", "E013", "Name one of the aliases in CACHES, or remove it to get the default."),
    Row("KEY_PREFIX", "E014", PREFIX_HINT),
    Row("TRUSTED_PROXIES", "E015", PROXIES_HINT),
    Row(
        "VISIBLE_FIELDS",
        "E018",
        'Name a function of your own, not an async one, or a built-in one such as "active_users.access.staff_only".',
        import_id="E017",
    ),
    Row(
        "DISPLAY_NAME",
        "E031",
        "Name a function of your own, not an async one, or remove it to hide e-mail addresses only.",
        import_id="E030",
    ),
    Row("TRACK_GUESTS", "E034", "Set it to True to count visitors without a login too."),
    Row("SHARDS", "E019", "Remove it to get one shard, which is right unless the cache is a cluster."),
    Row("ANONYMIZE_IP", "E020", "Correct it, or remove it to get False."),
    Row("IS_HIDDEN", "E022", "Name a function of your own, not an async one, or set it to None.", import_id="E021"),
]


def check_values() -> Iterator[CheckMessage]:
    yield from _check_names()
    for row in ROWS:
        try:
            getattr(strict_settings, row.name)
        except Mistake as mistake:
            if mistake.name == f"ACTIVE_USERS_{row.name}":  # not of a setting that this one is derived from
                is_import = isinstance(mistake, NotImportable)
                check_id, hint = (row.import_id, IMPORT_HINT) if is_import else (row.check_id, row.hint)
                yield Error(str(mistake), hint=hint, id=f"active_users.{check_id}")
    for check in (
        _check_prefix,
        _check_touch_interval,
        _check_polls,
        _check_exclude_url_patterns,
        _check_trusted_proxies,
    ):
        with suppress(Mistake):  # reported above
            yield from check()


def _check_names() -> Iterator[CheckMessage]:
    known = {row.name for row in ROWS}
    for name in sorted(strict_settings.written_names - known):
        meant = get_close_matches(name, known, n=1)
        yield checks.Warning(
            f"ACTIVE_USERS_{name} is not a setting of this version of django-active-users.",
            hint=f"Perhaps ACTIVE_USERS_{meant[0]} was meant." if meant else "Correct its name, or remove it.",
            id="active_users.W002",
        )


def _check_prefix() -> Iterator[CheckMessage]:
    prefix = strict_settings.KEY_PREFIX
    if set(prefix) & set("{}"):  # they would move our keys to other nodes of a cluster, but nothing fails without one
        yield Error(
            f"ACTIVE_USERS_KEY_PREFIX should be {PREFIX.allowed}, not {prefix!r}.",
            hint=PREFIX_HINT,
            id="active_users.E014",
        )


def _check_touch_interval() -> Iterator[CheckMessage]:
    interval, window = strict_settings.TOUCH_INTERVAL, strict_settings.KEY_EXPIRE
    if interval >= window / 2:
        yield Error(
            f"ACTIVE_USERS_TOUCH_INTERVAL should be less than half of ACTIVE_USERS_KEY_EXPIRE, which is {window!r}, "
            f"not {interval!r}: people would drop out while they are still there.",
            hint="Remove it to get a twentieth of ACTIVE_USERS_KEY_EXPIRE.",
            id="active_users.E008",
        )


def _check_polls() -> Iterator[CheckMessage]:
    refresh, window, beats = strict_settings.REFRESH_SECONDS, strict_settings.KEY_EXPIRE, strict_settings.LIVE_HEARTBEAT
    if beats and refresh >= window:
        yield checks.Warning(
            f"ACTIVE_USERS_REFRESH_SECONDS should be less than ACTIVE_USERS_KEY_EXPIRE, which is {window!r}, not "
            f"{refresh!r}: people who only read would drop out between two polls.",
            hint="Poll three times within the window or more often.",
            id="active_users.W011",
        )
    if strict_settings.TRACK_GUESTS and not beats:
        yield checks.Warning(
            "ACTIVE_USERS_LIVE_HEARTBEAT should be True where ACTIVE_USERS_TRACK_GUESTS is: guests are noted by polls "
            "alone, so there would be none.",
            hint="Remove ACTIVE_USERS_LIVE_HEARTBEAT, or ACTIVE_USERS_TRACK_GUESTS.",
            id="active_users.W012",
        )


def _check_exclude_url_patterns() -> Iterator[CheckMessage]:
    for pattern in strict_settings.EXCLUDE_URL_PATTERNS:
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as error:  # the others: it repeats too often, nests too deep
            yield Error(
                f"ACTIVE_USERS_EXCLUDE_URL_PATTERNS should contain regular expressions; {pattern!r} is not one: "
                f"{error}.",
                hint="Correct the pattern. Put a backslash before a literal bracket, dot or star.",
                id="active_users.E010",
            )


def _check_trusted_proxies() -> Iterator[CheckMessage]:
    for proxy in strict_settings.TRUSTED_PROXIES:
        try:
            if proxy != "unix":
                ip_network(proxy, strict=False)
        except ValueError:
            yield Error(
                f"ACTIVE_USERS_TRUSTED_PROXIES should contain IP addresses and networks; {proxy!r} is neither.",
                hint=PROXIES_HINT,
                id="active_users.E016",
            )
