"""
What people read: a place is any text, such as the path of a page.

It travels to the page signed, and comes back with its polls, so that nobody can watch or fill a place that was never
shown to them: see ``signatures.py``.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Final

from django.db.models import Model
from django.http import HttpRequest

# Longer texts are cut and end with their digest.
MAX_LENGTH: Final = 200


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
    return shorten(subject)


def shorten(place: str) -> str:
    """``place``, or what it is stored as if it is too long."""
    if len(place) <= MAX_LENGTH:
        return place
    digest = blake2b(place.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
    return f"{place[: MAX_LENGTH - len(digest) - 1]}#{digest}"
