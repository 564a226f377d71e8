"""Settings that name a class or a function by its dotted path."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.checks import CheckMessage, Error

from active_users.keys import AbstractActiveUserEntry
from active_users.settings import active_users_settings


def check_paths() -> Iterator[CheckMessage]:
    yield from _check_key_class()
    yield from _check_function(
        "VISIBLE_FIELDS",
        'Name one of yours or of ours, such as "active_users.access.members_see_names".',
        "E017",
        "E018",
    )
    yield from _check_function("IS_HIDDEN", "Name a function of yours, or set it to None.", "E021", "E022", none=True)


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


def _not_importable(name: str, wanted: str, error: Exception, check_id: str) -> Error:
    return Error(
        f"ACTIVE_USERS_{name} should be the dotted path to {wanted}; it cannot be imported: {error}.",
        hint="Correct the path, or remove the setting for the default.",
        id=f"active_users.{check_id}",
    )
