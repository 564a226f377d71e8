"""The tests' site for a real server. ``python -m tests.served`` creates its database with people in it."""

from __future__ import annotations

import os

import django
from django.contrib.auth import get_user_model
from django.core.asgi import get_asgi_application
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

from tests.populations import CROWD

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.served_settings"


def make_database() -> None:
    django.setup()
    call_command("migrate", verbosity=0, run_syncdb=True)
    user_model = get_user_model()
    people = (user_model(**{user_model.USERNAME_FIELD: f"p{number}"}) for number in range(CROWD))
    user_model._default_manager.bulk_create(people)


if __name__ == "__main__":
    make_database()
else:
    wsgi = get_wsgi_application()
    asgi = get_asgi_application()
