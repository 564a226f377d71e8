"""
What people read: a place is any text, such as the path of a page.

A place travels to the page signed, and comes back with its polls, so that nobody can watch or fill a place that was
never shown to them.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Final

from django.core.signing import BadSignature
from django.db.models import Model
from django.http import HttpRequest

from active_users.exceptions import ActiveUsersUnavailable
from active_users.signatures import sign, unsign

# Longer texts are cut and end with their digest.
MAX_LENGTH: Final = 200


class BadPlace(ValueError):
    """A place that was not signed, or not for this site and tenant, or with a key that is gone."""


def name_place(subject: Any, request: HttpRequest | None) -> str:
    """
    The place of ``subject``: a text is its own, a model instance is ``app.model:pk``, and nothing is the page's path.

    Raises ``ValueError`` for anything else, for an instance that has not been saved, and for no subject without a page.
    """
    if isinstance(subject, Model):
        if subject.pk is None:
            raise ValueError(f"the place should be a saved instance, not {subject!r}.")
        subject = f"{subject._meta.label_lower}:{subject.pk}"
    if subject in (None, ""):
        subject = "" if request is None else request.path
    if not isinstance(subject, str) or not subject:
        raise ValueError(f"the place should be a text or a model instance, not {subject!r}.")
    if len(subject) > MAX_LENGTH:
        digest = blake2b(subject.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
        return f"{subject[: MAX_LENGTH - len(digest) - 1]}#{digest}"
    return subject


def sign_place(place: str) -> str:
    """Raises ``ActiveUsersUnavailable``."""
    return sign(place, "place")


def read_place(signed: str) -> str:
    """The place that was signed. Raises ``BadPlace``."""
    try:
        return str(unsign(signed, "place"))
    except (BadSignature, ActiveUsersUnavailable) as error:
        raise BadPlace("The place should be one that a page was given.") from error
