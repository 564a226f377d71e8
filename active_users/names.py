"""The name that others see of a person."""

from __future__ import annotations

from typing import Any, Final
from unicodedata import category, normalize

__all__ = ["no_name", "username_unless_email"]

# Spaces and other separators, control and format characters, and marks, which need another character to be on.
_INVISIBLE: Final = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Me"})
# Letters and a symbol that Unicode shows as nothing: four fillers of Hangul, and Braille without a dot.
_FILLERS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")


def username_unless_email(user: Any) -> str:
    """The username of ``user``; ``""`` if users log in with their e-mail address, or if it looks like one."""
    if getattr(user, "USERNAME_FIELD", "") == getattr(user, "EMAIL_FIELD", "email"):
        return ""
    username = str(user.get_username())
    # NFKC makes an ordinary @ of a fullwidth or a small one.
    return "" if "@" in normalize("NFKC", username).strip("@") else username


def no_name(user: Any) -> str:
    """Nothing, so that everybody is listed by their primary key."""
    return ""


def is_visible(text: str) -> bool:
    """Whether any character of ``text`` leaves a mark on the screen."""
    return any(category(character) not in _INVISIBLE and character not in _FILLERS for character in text)
