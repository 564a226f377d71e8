"""
A typed property per ``ACTIVE_USERS_…`` setting.

Each access looks at the setting again, so ``override_settings`` works without any reset.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from django.http import HttpRequest

from active_users import values
from active_users.reading import SettingsReader, find_all, finder, until_changed
from active_users.values import Kind, Mistake

Value = TypeVar("Value")

NOTHING: Final[list[str]] = []
NO_CACHE: Final[Mapping[str, Any]] = {}
_OF_CACHE: Final = ("CACHES", "ACTIVE_USERS_CACHE_ALIAS")
_OF_REQUESTS: Final = ("ACTIVE_USERS_EXCLUDE_URL_PATTERNS", "ACTIVE_USERS_KEY_EXPIRE", "ACTIVE_USERS_TOUCH_INTERVAL")
_OF_STORE: Final = (
    "ACTIVE_USERS_KEY_EXPIRE",
    "ACTIVE_USERS_KEY_PREFIX",
    "ACTIVE_USERS_REDIS_TIMEOUT",
    "ACTIVE_USERS_REFRESH_SECONDS",
    "ACTIVE_USERS_RETRY_AFTER",
    "ACTIVE_USERS_SHARDS",
    "ACTIVE_USERS_TRACK_GUESTS",
)
# Between braces is what Redis Cluster spreads keys by, and our braces are the first of a key.
_NO_BRACES: Final = str.maketrans("{}", "()")


class OnEveryRequest(NamedTuple):
    """What the middleware needs to know on every request, read together because each setting costs some time."""

    exclude_url_patterns: Sequence[str]
    key_expire: float
    touch_interval: float
    cache: Mapping[str, Any]


class OfStore(NamedTuple):
    """What the store is made of."""

    alias: str
    timeout: float
    retry_after: float
    prefix: str
    window: float
    shards: int
    cache: Mapping[str, Any]
    place_window: float
    has_guests: bool


class ActiveUsersSettings(SettingsReader):
    """
    Each property has the name of its setting without the prefix ``ACTIVE_USERS_``.

    A mistaken value is logged once, and the default is used, because web servers run no checks. What a site has chosen
    to keep from others stays hidden then.
    """

    @property
    def KEY_EXPIRE(self) -> float:
        """The window: how many seconds after they were last noted a person counts as active."""
        return self._read("ACTIVE_USERS_KEY_EXPIRE", values.ABOVE_ZERO, 20.0)

    @property
    def EXCLUDE_URL_PATTERNS(self) -> Sequence[str]:
        """Regular expressions. A request does not count if one matches its path, with or without the script prefix."""
        return self._read("ACTIVE_USERS_EXCLUDE_URL_PATTERNS", values.TEXTS, NOTHING)

    @property
    def KEY_CLASS(self) -> type[Any]:
        """What is stored about a person: the path of a subclass of ``active_users.keys.AbstractActiveUserEntry``."""
        return self._read("ACTIVE_USERS_KEY_CLASS", values.ENTRY_CLASS, "active_users.keys.ActiveUserEntry")

    @property
    def CACHE_ALIAS(self) -> str:
        """The cache whose Redis is used. Its backend is django-redis or Django's own ``RedisCache``."""
        return self._read("ACTIVE_USERS_CACHE_ALIAS", values.ALIAS, "default")

    @property
    def KEY_PREFIX(self) -> str:
        """What our keys in Redis begin with. The default follows the cache's own ``KEY_PREFIX``, if it has one."""
        prefix = self._read("ACTIVE_USERS_KEY_PREFIX", values.PREFIX, None)
        if prefix is not None:
            return prefix
        of_cache = str(self.get_cache().get("KEY_PREFIX") or "").encode("utf-8", "replace").decode()
        return f"{of_cache}:au".translate(_NO_BRACES) if of_cache else "au"

    @property
    def SHARDS(self) -> int:
        """How many hash slots of a cluster to spread people over. After a change, numbers are wrong for one window."""
        return self._read("ACTIVE_USERS_SHARDS", values.SHARDS, 1)

    @property
    def TOUCH_INTERVAL(self) -> float:
        """A process notes a browser at most once per this many seconds. ``None``: window / 20. 0: on every request."""
        interval = self._read("ACTIVE_USERS_TOUCH_INTERVAL", values.ZERO_OR_MORE, None)
        return self.KEY_EXPIRE / 20 if interval is None else interval

    @property
    def REDIS_TIMEOUT(self) -> float:
        """The most seconds that a request waits for Redis, all in all."""
        return self._read("ACTIVE_USERS_REDIS_TIMEOUT", values.ABOVE_ZERO, 0.25)

    @property
    def RETRY_AFTER(self) -> float:
        """How many seconds after a failure Redis is tried again, in the background."""
        return self._read("ACTIVE_USERS_RETRY_AFTER", values.ABOVE_ZERO, 5.0)

    @property
    def TRUSTED_PROXIES(self) -> Sequence[str]:
        """Addresses and networks of proxies whose ``X-Forwarded-For`` is believed. ``"unix"``: a Unix socket's peer."""
        return self._read("ACTIVE_USERS_TRUSTED_PROXIES", values.TEXTS, NOTHING)

    @property
    def VISIBLE_FIELDS(self) -> Callable[[HttpRequest], Sequence[str]]:
        """The path of a function that takes the request and returns the names of the fields that its user may see."""
        return self._read(
            "ACTIVE_USERS_VISIBLE_FIELDS",
            values.VISIBILITY,
            "active_users.access.members_see_names",
            instead="active_users.access.staff_only",
        )

    @property
    def DISPLAY_NAME(self) -> Callable[[Any], object]:
        """The path of a function that takes a user and returns the name that others see, the field ``username``."""
        default = "active_users.names.username_unless_email"
        return self._read("ACTIVE_USERS_DISPLAY_NAME", values.NAMING, default, instead="active_users.names.no_name")

    @property
    def ANONYMIZE_IP(self) -> bool:
        """Whether to store the network of an address, the /24 of IPv4 or the /48 of IPv6, instead of the address."""
        return self._read("ACTIVE_USERS_ANONYMIZE_IP", values.SWITCH, False, instead=True)

    @property
    def TRACK_GUESTS(self) -> bool:
        """Whether visitors without a login count as guests while they have a page with a live piece before them."""
        return self._read("ACTIVE_USERS_TRACK_GUESTS", values.SWITCH, False)

    @property
    def IS_HIDDEN(self) -> Callable[[HttpRequest], bool] | None:
        """The path of a function that takes the request and returns whether to hide its user. ``None``: hide nobody."""
        return self._read("ACTIVE_USERS_IS_HIDDEN", values.HIDING, None, instead="active_users.values.hide_everybody")

    @property
    def REFRESH_SECONDS(self) -> float:
        """How many seconds pass between two polls of the live pieces of a page."""
        return self._read("ACTIVE_USERS_REFRESH_SECONDS", values.ONE_OR_MORE, 5)

    @property
    def LIVE_HEARTBEAT(self) -> bool:
        """Whether the live pieces keep a member active who has the page in view and has moved in five minutes."""
        return self._read("ACTIVE_USERS_LIVE_HEARTBEAT", values.SWITCH, True, instead=False)

    @property
    def written_names(self) -> set[str]:
        """The names, without prefix, of all ``ACTIVE_USERS_…`` settings that the site has set, even misspelt ones."""
        return {name.removeprefix("ACTIVE_USERS_") for name in find_all() if name.startswith("ACTIVE_USERS_")}

    @until_changed(*_OF_REQUESTS, *_OF_CACHE)
    def on_every_request(self) -> OnEveryRequest:
        return OnEveryRequest(self.EXCLUDE_URL_PATTERNS, self.KEY_EXPIRE, self.TOUCH_INTERVAL, self.get_cache())

    @until_changed(*_OF_STORE, *_OF_CACHE)
    def of_store(self) -> OfStore:
        return OfStore(
            self.CACHE_ALIAS,
            self.REDIS_TIMEOUT,
            self.RETRY_AFTER,
            self.KEY_PREFIX,
            self.KEY_EXPIRE,
            self.SHARDS,
            self.get_cache(),
            3 * self.REFRESH_SECONDS,
            self.TRACK_GUESTS,
        )

    # Django's own settings, as far as we need them.

    @property
    def CACHES(self) -> Mapping[str, Mapping[str, Any]]:
        caches: object = finder()("CACHES", {})
        return caches if isinstance(caches, Mapping) else {}

    def get_cache(self) -> Mapping[str, Any]:
        """The entry of ``CACHES`` for our alias. Empty if there is none."""
        cache: object = self.CACHES.get(self.CACHE_ALIAS)
        return cache if isinstance(cache, Mapping) else NO_CACHE

    @property
    def MIDDLEWARE(self) -> Sequence[str]:
        found: Sequence[str] = finder()("MIDDLEWARE", [])
        return found

    @property
    def SESSION_SAVE_EVERY_REQUEST(self) -> bool:
        found: bool = finder()("SESSION_SAVE_EVERY_REQUEST", False)
        return found

    @property
    def USE_TZ(self) -> bool:
        found: bool = finder()("USE_TZ", True)
        return found

    @property
    def SECRET_KEY(self) -> str | bytes:
        found: str | bytes = finder()("SECRET_KEY", "")
        return found


class StrictSettings(ActiveUsersSettings):
    """Reading a setting that has a mistaken value raises ``Mistake``."""

    def _replace(self, mistake: Mistake, kind: Kind[Value], instead: Any) -> Value:
        raise mistake


active_users_settings = ActiveUsersSettings()
strict_settings = StrictSettings()
