"""A site's own rules, such as who sees which fields and who is hidden."""

from __future__ import annotations

from typing import NoReturn

from django.contrib.auth.models import User
from django.http import HttpRequest


def names_and_passwords(request: HttpRequest) -> list[str]:
    """Returns ``password`` too, which is not a field of the entry."""
    return ["username", "password"]


def services_and_names(request: HttpRequest) -> list[str]:
    return ["service_id", "username"]


def is_bob(request: HttpRequest) -> bool:
    return request.user.get_username() == "bob"


def is_in_a_group(request: HttpRequest) -> bool:
    return bool(request.user.groups.exists())


def broken(request: HttpRequest) -> NoReturn:
    raise LookupError("the rule's own mistake")


def full_name(user: User) -> str:
    return user.get_full_name()


def full_name_of_a_group(user: User) -> str:
    """Asks the database."""
    return full_name(user) if not user.groups.exists() else ""
