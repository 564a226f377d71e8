"""
The only file that reads Django's settings: a typed property per ``ACTIVE_USERS_…`` setting.

Each access reads the setting again, so ``override_settings`` works without any reset.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, TypeVar

from django.conf import Settings, settings
from django.http import HttpRequest
from django.utils.module_loading import import_string as _import_string

Value = TypeVar("Value")

# Between braces is what Redis Cluster spreads keys by, and our braces are the first of a key.
_NO_BRACES: Final = str.maketrans("{}", "()")

_NO_CACHE: Final[Mapping[str, Any]] = {}

import_string = lru_cache(maxsize=32)(_import_string)


def _read(name: str, default: Value) -> Value:
    """
    Like ``getattr(settings, name, default)``, without the microseconds that Django takes to find a setting absent.

    Falls back to that where settings are overridden, as in tests, or come from ``settings.configure()``.
    """
    written = object.__getattribute__(settings, "_wrapped")
    found: Value = (
        written.__dict__.get(name, default) if type(written) is Settings else getattr(settings, name, default)
    )
    return found


class ActiveUsersSettings:
    """Each property has the name of its setting without the prefix ``ACTIVE_USERS_``."""

    @property
    def KEY_EXPIRE(self) -> float:
        """The window: how many seconds after they were last noted a person counts as active."""
        return _read("ACTIVE_USERS_KEY_EXPIRE", 20.0)

    @property
    def EXCLUDE_URL_PATTERNS(self) -> Sequence[str]:
        """Regular expressions. A request does not count if one matches its path, with or without the script prefix."""
        return _read("ACTIVE_USERS_EXCLUDE_URL_PATTERNS", [])

    @property
    def KEY_CLASS(self) -> type[Any]:
        """What is stored about a person: the path of a subclass of ``active_users.keys.AbstractActiveUserEntry``."""
        path = _read("ACTIVE_USERS_KEY_CLASS", "active_users.keys.ActiveUserEntry")
        entry_class: type[Any] = import_string(path)
        return entry_class

    @property
    def CACHE_ALIAS(self) -> str:
        """The cache whose Redis is used. Its backend is django-redis or Django's own ``RedisCache``."""
        return _read("ACTIVE_USERS_CACHE_ALIAS", "default")

    @property
    def KEY_PREFIX(self) -> str:
        """What our keys in Redis begin with. The default follows the cache's own ``KEY_PREFIX``, if it has one."""
        prefix: str | None = _read("ACTIVE_USERS_KEY_PREFIX", None)
        if prefix is not None:
            return prefix
        of_cache = str(self.CACHE.get("KEY_PREFIX") or "")
        return f"{of_cache}:au".translate(_NO_BRACES) if of_cache else "au"

    @property
    def SHARDS(self) -> int:
        """How many hash slots of a cluster to spread people over. After a change, numbers are wrong for one window."""
        return _read("ACTIVE_USERS_SHARDS", 1)

    @property
    def TOUCH_INTERVAL(self) -> float:
        """A process notes a browser at most once per this many seconds. ``None``: window / 20. 0: on every request."""
        interval: float | None = _read("ACTIVE_USERS_TOUCH_INTERVAL", None)
        return self.KEY_EXPIRE / 20 if interval is None else interval

    @property
    def REDIS_TIMEOUT(self) -> float:
        """The most seconds that a request waits for Redis, all in all."""
        return _read("ACTIVE_USERS_REDIS_TIMEOUT", 0.25)

    @property
    def RETRY_AFTER(self) -> float:
        """How many seconds after a failure Redis is tried again, in the background."""
        return _read("ACTIVE_USERS_RETRY_AFTER", 5.0)

    @property
    def TRUSTED_PROXIES(self) -> Sequence[str]:
        """Addresses and networks of proxies whose ``X-Forwarded-For`` is believed. ``"unix"``: a Unix socket's peer."""
        return _read("ACTIVE_USERS_TRUSTED_PROXIES", [])

    @property
    def VISIBLE_FIELDS(self) -> Callable[[HttpRequest], Sequence[str]]:
        """The path of a function that takes the request and returns the names of the fields that its user may see."""
        path = _read("ACTIVE_USERS_VISIBLE_FIELDS", "active_users.access.members_see_names")
        rule: Callable[[HttpRequest], Sequence[str]] = import_string(path)
        return rule

    @property
    def DISPLAY_NAME(self) -> Callable[[Any], object]:
        """The path of a function that takes a user and returns the name that others see, the field ``username``."""
        path = _read("ACTIVE_USERS_DISPLAY_NAME", "active_users.names.username_unless_email")
        name_of: Callable[[Any], object] = import_string(path)
        return name_of

    @property
    def ANONYMIZE_IP(self) -> bool:
        """Whether to store the network of an address, the /24 of IPv4 or the /48 of IPv6, instead of the address."""
        return _read("ACTIVE_USERS_ANONYMIZE_IP", False)

    @property
    def IS_HIDDEN(self) -> Callable[[HttpRequest], bool] | None:
        """The path of a function that takes the request and returns whether to hide its user. ``None``: hide nobody."""
        path: str | None = _read("ACTIVE_USERS_IS_HIDDEN", None)
        if path is None:
            return None
        rule: Callable[[HttpRequest], bool] = import_string(path)
        return rule

    @property
    def REFRESH_SECONDS(self) -> float:
        """How many seconds pass between two polls of the live snippet."""
        return _read("ACTIVE_USERS_REFRESH_SECONDS", 5)

    @property
    def written_names(self) -> set[str]:
        """The names, without prefix, of all ``ACTIVE_USERS_…`` settings that the site has set, even misspelt ones."""
        return {name.removeprefix("ACTIVE_USERS_") for name in dir(settings) if name.startswith("ACTIVE_USERS_")}

    # Django's own settings, as far as we need them.

    @property
    def CACHES(self) -> Mapping[str, Mapping[str, Any]]:
        return _read("CACHES", {})

    @property
    def CACHE(self) -> Mapping[str, Any]:
        # Read for each request, so without the two properties.
        caches: Mapping[str, Mapping[str, Any]] = _read("CACHES", _NO_CACHE)
        return caches.get(_read("ACTIVE_USERS_CACHE_ALIAS", "default")) or _NO_CACHE

    @property
    def MIDDLEWARE(self) -> Sequence[str]:
        return _read("MIDDLEWARE", [])

    @property
    def USE_TZ(self) -> bool:
        return _read("USE_TZ", True)

    @property
    def SECRET_KEY(self) -> str | bytes:
        return _read("SECRET_KEY", "")

    @property
    def SESSION_COOKIE_NAME(self) -> str:
        return _read("SESSION_COOKIE_NAME", "sessionid")


active_users_settings = ActiveUsersSettings()
