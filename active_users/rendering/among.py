"""Who of some users is active, as a template gets it: for a dot beside each author of a page of posts."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Self

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist, ValidationError
from django.db.models import ForeignKey, Model
from django.http import HttpRequest

from active_users import access
from active_users.exceptions import ActiveUsersUnavailable
from active_users.keys import AbstractActiveUserEntry
from active_users.logs import log_once
from active_users.principals import is_user
from active_users.settings import active_users_settings


class Among(frozenset[Any]):
    """
    The primary keys of those who are active. Both ``user in among`` and ``user.pk in among`` work.

    It is empty for a visitor who may not see who is active, and while Redis does not answer. Then ``is_known`` is
    false: who is not in it may be active all the same.
    """

    is_known: bool

    def __new__(cls, keys: Iterable[Any] = (), *, is_known: bool = False) -> Self:
        among = super().__new__(cls, keys)
        among.is_known = is_known
        return among

    def __contains__(self, candidate: object) -> bool:
        try:
            return super().__contains__(_key_of(candidate))
        except ValueError:
            return False

    def __str__(self) -> str:
        return ""


def find_among(request: HttpRequest | None, items: Any, *, of: str = "") -> Among:
    """
    Who is active of ``items``, which are users or primary keys, or of those to whom the path ``of`` leads from each.

    All are asked about in one round trip. Raises nothing: a mistake is logged once.
    """
    try:
        left_out: list[object] = []
        found = access.visible_last_seen(request, _find_users(items, of, left_out))
        return Among() if found is None else Among(map(_key_of, found), is_known=not left_out)
    except ActiveUsersUnavailable:
        return Among()
    except Exception as error:
        log_once(logging.ERROR, "{% active_users_among %} raised an error, so it has nobody", error=error)
        return Among()


def _find_users(items: Any, of: str, left_out: list[object]) -> Iterator[Any]:
    """Each user once. One of whom only the primary key is known is made of it without a query, if that suffices."""
    if not isinstance(items, Iterable) or isinstance(items, str | bytes | Iterator):
        # A loop over an iterator would leave nothing to the page's own.
        raise TypeError(f"The first argument should be a list, a queryset or a page of a paginator, not {items!r}.")
    users: dict[Any, Any] = {}
    for item in items:
        try:
            found = _follow(item, of.split(".") if of else [])
            if found is not None:
                users[_key_of(found)] = found
        except (AttributeError, LookupError, ValueError) as error:
            left_out.append(item)
            log_once(logging.ERROR, "{%% active_users_among %%} leaves out a %s", type(item).__name__, error=error)
    model: Any = get_user_model()
    missing = [key for key, found in users.items() if not is_user(found)]
    users |= {key: model(pk=key) for key in missing} if _is_key_enough() else model._base_manager.in_bulk(missing)
    yield from filter(is_user, users.values())


def _follow(thing: Any, names: Sequence[str]) -> Any:
    for name in names:
        try:
            thing = _read(thing, name)
        except ObjectDoesNotExist:
            return None
        if thing is None:
            return None
    return thing


def _read(thing: Any, name: str) -> Any:
    if isinstance(thing, Mapping):
        return thing[name]
    field = _find_field(thing, name)
    points_to_user = (
        isinstance(field, ForeignKey)
        and field.target_field.primary_key
        and field.target_field.model._meta.concrete_model is get_user_model()._meta.concrete_model
    )
    if points_to_user and not field.is_cached(thing):
        return getattr(thing, field.attname)  # the user would be a query
    return getattr(thing, name)


def _find_field(thing: Any, name: str) -> Any:
    with suppress(FieldDoesNotExist):
        return thing._meta.get_field(name) if isinstance(thing, Model) else None
    return None


def _key_of(found: Any) -> Any:
    """The primary key that ``found`` is, or has if it is a user. Raises ``ValueError`` for anything else."""
    key = found.pk if is_user(found) and _is_of_the_user_model(found) else found
    with suppress(ValidationError, TypeError, ValueError, OverflowError):
        if not isinstance(key, Model | bool):  # which some keys can be made of
            return get_user_model()._meta.pk.to_python(key)
    shown = f"a {type(found).__name__}" if isinstance(found, Model) else repr(found)  # a model's may ask the database
    raise ValueError(f"This should be a user or the primary key of one, not {shown}.")


def _is_of_the_user_model(found: Any) -> bool:
    model: Any = get_user_model()._meta.concrete_model
    return not isinstance(found, Model) or isinstance(found, model)


def _is_key_enough() -> bool:
    """Whether the primary key tells under which identity a user is stored."""
    own, inherited = active_users_settings.KEY_CLASS.identity_of, AbstractActiveUserEntry.identity_of
    return getattr(own, "__func__", own) is getattr(inherited, "__func__", None)
