"""The count as a page shows it: asked for once per request, and unknown while Redis does not answer."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final, NoReturn, cast

from django.http import HttpRequest
from django.utils.functional import Promise

from active_users.exceptions import ActiveUsersUnavailable
from active_users.store.answers import Counts
from active_users.visits.counting import counts_for


class UnknownCount(Promise):
    """
    What templates get instead of an ``int`` while Redis does not answer. It behaves much like ``nan``.

    It prints as nothing, is false, is neither more nor less than any number, and stays unknown whatever is added to it.
    It only claims to be an ``int``, as Django's own lazy objects do: ``{% blocktranslate count %}`` wants a number, but
    a real one would come out of some filters as 0.
    """

    def __init__(self) -> None:
        pass

    @property  # type: ignore[misc]
    def __class__(self) -> type[Any]:
        return int

    def __str__(self) -> str:
        return ""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return other is self or other == ""  # Django's number formatting skips a value that equals ""

    __hash__ = object.__hash__

    def _is_not(self, other: object) -> bool:
        return False

    __lt__ = __le__ = __gt__ = __ge__ = _is_not

    def _remain(self, other: Any) -> UnknownCount:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __mod__ = _remain

    def _refuse(self) -> NoReturn:
        raise ValueError("the number of active users is unknown")

    __int__ = __float__ = _refuse


def _acts(operation: Callable[..., Any]) -> Callable[..., Any]:
    def act(self: LazyCount, *others: Any) -> Any:
        return operation(self(), *others)

    return act


class LazyCount:
    """
    The number that ``read()`` returns, read when it is used.

    A Django template calls what it finds, and so gets an ``int``. Jinja2 does not, nor does a test that looks at the
    context of a response: to them this acts as the number.
    """

    def __init__(self, read: Callable[[], int]) -> None:
        self._read = read

    def __call__(self) -> int:
        return self._read()

    @property  # type: ignore[misc]
    def __class__(self) -> type[Any]:
        return int

    __str__, __repr__, __format__ = _acts(str), _acts(repr), _acts(format)
    __bool__, __int__, __float__, __index__ = _acts(bool), _acts(int), _acts(float), _acts(operator.index)
    __eq__, __hash__ = _acts(operator.eq), _acts(hash)
    __lt__, __le__, __gt__, __ge__ = map(_acts, (operator.lt, operator.le, operator.gt, operator.ge))
    __add__, __sub__, __mul__ = map(_acts, (operator.add, operator.sub, operator.mul))
    __truediv__, __floordiv__, __mod__ = map(_acts, (operator.truediv, operator.floordiv, operator.mod))
    __radd__, __rmul__ = __add__, __mul__
    __rsub__ = _acts(lambda number, other: other - number)


UNKNOWN: Final = cast(int, UnknownCount())


def visible_count(request: HttpRequest | None) -> int:
    """How many people are active, asked for once per request, or ``UNKNOWN`` while Redis does not answer."""
    return _visible_counts(request).users


def visible_guests_count(request: HttpRequest | None) -> int:
    """How many guests are active, read together with ``visible_count()``, or ``UNKNOWN``."""
    return _visible_counts(request).guests


def _visible_counts(request: HttpRequest | None) -> Counts:
    try:
        return counts_for(request)
    except ActiveUsersUnavailable:
        return Counts(UNKNOWN, UNKNOWN)
