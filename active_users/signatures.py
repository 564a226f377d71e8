"""What we sign, so that a page can keep it for us."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.core import signing

from active_users.settings import active_users_settings


def sign(value: Any, *, salt: str) -> str:
    """``value``, which JSON can hold, as a text that ``unsign()`` reads with the same salt."""
    signed: str = signing.Signer(key=active_users_settings.SECRET_KEY, salt=salt).sign_object(value)
    return signed


def unsign(text: str, *, salt: str) -> Any:
    """What was signed. Raises ``django.core.signing.BadSignature``."""
    return _unsign(text, salt, active_users_settings.SECRET_KEY)


@lru_cache(maxsize=4096)  # cached: the polls of a page bring the same text again and again
def _unsign(text: str, salt: str, secret: str | bytes) -> Any:
    return signing.Signer(key=secret, salt=salt).unsign_object(text)
