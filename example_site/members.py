"""The people of the reading club."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth import get_user_model


@dataclass(frozen=True)
class Member:
    name: str
    reading: str
    place: str


# For people who try the site.
NEWCOMERS = (
    Member("Ada", "Middlemarch, for the third time", "editor of this page; sees everything"),
    Member("Ben", "The Summer Book", "number 12, above the bakery"),
    Member("Carmen", "Piranesi", "the blue door"),
    Member("Dev", "A Month in the Country", "number 31, ground floor"),
)

# In the demo these come and go on their own; see visitors.py.
REGULARS = (
    Member("Elif", "The Left Hand of Darkness", "number 4"),
    Member("Farid", "Stoner", "the laundrette"),
    Member("Greta", "Austerlitz", "number 27, back building"),
    Member("Hana", "Convenience Store Woman", "number 8"),
    Member("Ines", "The Book of Disquiet", "the corner house"),
    Member("Jonas", "Moominvalley in November", "number 19"),
    Member("Kofi", "Things Fall Apart", "number 22"),
)

EDITOR = NEWCOMERS[0]


def create_members() -> None:
    """Create an account for each person. Nobody has a password: a button logs them in."""
    users = get_user_model().objects
    for member in NEWCOMERS + REGULARS:
        is_editor = member == EDITOR
        users.get_or_create(username=member.name, defaults={"is_staff": is_editor, "is_superuser": is_editor})
