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


def create_people(count: int) -> list[str]:
    """Create the tables, and people who are logged in. Returns their cookies."""
    call_command("migrate", verbosity=0, stdout=sys.stderr)
    people = [Person(number) for number in range(count)]
    User.objects.bulk_create(person.user() for person in people)
    expire_date = timezone.now() + timedelta(days=1)
    Session.objects.bulk_create(
        Session(session_key=person.session_key, session_data=_session_data(person.user()), expire_date=expire_date)
        for person in people
    )
    return [f"{settings.SESSION_COOKIE_NAME}={person.session_key}" for person in people]


def _session_data(user: User) -> str:
    """A session in which this user is logged in."""
    session = {
        SESSION_KEY: str(user.pk),
        BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    return SessionStore().encode(session)
