"""Checks the cache's ``KEY_FUNCTION``, which tells tenants apart, by calling it as ``store.current`` does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.core import checks
from django.core.checks import CheckMessage, Error

from active_users.connections.base import describe
from active_users.settings import active_users_settings
from active_users.values import KEY_FUNCTION, Mistake

HINT: Final = 'Set it to a function or its dotted path, such as "django_tenants.cache.make_key", or remove it.'


def check_key_function() -> Iterator[CheckMessage]:
    cache = active_users_settings.get_cache()
    function, name = cache.get("KEY_FUNCTION"), f"The KEY_FUNCTION of the cache {active_users_settings.CACHE_ALIAS!r}"
    if function is None:
        return
    try:
        make_key = function if callable(function) else KEY_FUNCTION.read(name, function)
    except Mistake as mistake:
        yield Error(str(mistake), hint=HINT, id="active_users.E032")
        return
    try:
        str(make_key("active_users", cache.get("KEY_PREFIX", ""), cache.get("VERSION", 1)))
    except Exception as error:  # of the site's own code, which may raise anything
        yield checks.Warning(
            f"{name} should return a key; without a request, {function!r} raised {describe(error)}. Where it raises an "
            "error, nobody is noted and active users are unknown.",
            hint="Silence this if it needs the tenant of a request. Otherwise correct it: it takes the key, the "
            "KEY_PREFIX and the VERSION.",
            id="active_users.W009",
        )
