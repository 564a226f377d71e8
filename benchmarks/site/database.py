"""The site's own database, with people who are logged in."""

from __future__ import annotations

import sys
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from benchmarks.site.people import Person

BACKEND = "django.contrib.auth.backends.ModelBackend"


def create_people(count: int) -> list[str]:
    """The tables, and the people with the numbers below ``count``, each with a session; their cookies."""
    call_command("migrate", verbosity=0, stdout=sys.stderr)
    people = [Person(number) for number in range(count)]
    users = [User(pk=person.pk, username=person.username, password="!") for person in people]  # noqa: S106 - none
    User.objects.bulk_create(users)
    Session.objects.bulk_create(
        Session(
            session_key=person.session_key,
            session_data=SessionStore().encode(
                {
                    SESSION_KEY: str(user.pk),
                    BACKEND_SESSION_KEY: BACKEND,
                    HASH_SESSION_KEY: user.get_session_auth_hash(),
                }
            ),
            expire_date=timezone.now() + timedelta(days=1),
        )
        for person, user in zip(people, users, strict=True)
    )
    return [f"{settings.SESSION_COOKIE_NAME}={person.session_key}" for person in people]
