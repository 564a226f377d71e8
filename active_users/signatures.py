"""What we sign, so that a page can keep it for us."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.core import signing
from django.core.signing import BadSignature

from active_users.exceptions import ActiveUsersUnavailable
from active_users.settings import active_users_settings
from active_users.store.current import get_tenant


class BadPlace(ValueError):
    """A place that was not signed, or not for this site and tenant, or with a key that is gone."""


def sign(value: Any, *purpose: object) -> str:
    """
    ``value``, which JSON can hold, as a text that ``unsign()`` reads for the same purpose.

    It is good for this site and tenant only, although others may have the same ``SECRET_KEY``. Raises
    ``ActiveUsersUnavailable`` if the tenant is unknown.
    """
    signed: str = signing.Signer(key=active_users_settings.SECRET_KEY, salt=_salt(purpose)).sign_object(value)
    return signed


def unsign(text: str, *purpose: object) -> Any:
    """What was signed. Raises ``BadSignature``, or ``ActiveUsersUnavailable`` as ``sign()`` does."""
    return _unsign(text, _salt(purpose), active_users_settings.SECRET_KEY)


def sign_place(place: str) -> str:
    """Raises ``ActiveUsersUnavailable``."""
    return sign(place, "place")


def read_place(signed: str) -> str:
    """The place that was signed. Raises ``BadPlace``."""
    try:
        return str(unsign(signed, "place"))
    except (BadSignature, ActiveUsersUnavailable) as error:
        raise BadPlace("The place should be one that a page was given.") from error


def _salt(purpose: tuple[object, ...]) -> str:
    settings = active_users_settings.of_store()
    return f"active_users:{(settings.prefix, get_tenant(settings.cache), *purpose)!r}"


@lru_cache(maxsize=4096)  # cached: the polls of a page bring the same text again and again
def _unsign(text: str, salt: str, secret: str | bytes) -> Any:
    return signing.Signer(key=secret, salt=salt).unsign_object(text)
