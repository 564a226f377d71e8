"""Checks of the settings that name a class or a function by its dotted path: each is a row of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from django.core.checks import CheckMessage

from active_users.checks.messages import should, should_be_importable
from active_users.keys import AbstractActiveUserEntry
from active_users.settings import active_users_settings


class Path(NamedTuple):
    """What a setting should name, and the ids of two mistakes: it cannot be imported, or is something else."""

    name: str
    import_id: str
    type_id: str
    wanted: str
    is_right: Callable[[Any], bool]
    hint: str


PATHS: Final = [
    Path(
        "KEY_CLASS",
        "E011",
        "E012",
        "a subclass of active_users.keys.AbstractActiveUserEntry",
        lambda found: isinstance(found, type) and issubclass(found, AbstractActiveUserEntry),
        "Make the class inherit from active_users.keys.ActiveUserEntry or AbstractActiveUserEntry.",
    ),
    Path(
        "VISIBLE_FIELDS",
        "E017",
        "E018",
        "a function that takes the request",
        callable,
        'Name a function of your own, or a built-in one such as "active_users.access.members_see_names".',
    ),
    Path(
        "DISPLAY_NAME",
        "E030",
        "E031",
        "a function that takes a user",
        callable,
        'Name a function of your own, or remove it to get "active_users.names.username_unless_email".',
    ),
    Path(
        "IS_HIDDEN",
        "E021",
        "E022",
        "a function that takes the request",
        lambda found: found is None or callable(found),
        "Name a function of your own, or set it to None.",
    ),
]


def check_paths() -> Iterator[CheckMessage]:
    for path in PATHS:
        try:
            found = getattr(active_users_settings, path.name)
        except Exception as error:  # importing runs the site's code, which may raise anything
            yield should_be_importable(path.name, path.wanted, error, path.import_id)
        else:
            if not path.is_right(found):
                yield should(path.name, f"name {path.wanted}", path.hint, path.type_id)
