from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.db import connection

from active_users.access import PERMISSION

from .browsers import Browser

pytestmark = pytest.mark.django_db


def test_there_is_a_permission_and_no_table() -> None:
    permission = Permission.objects.get(content_type__app_label="active_users")
    assert f"{permission.content_type.app_label}.{permission.codename}" == PERMISSION
    assert not [table for table in connection.introspection.table_names() if "active" in table]


def test_the_migrations_are_complete() -> None:
    call_command("makemigrations", "active_users", check=True, dry_run=True, verbosity=0)


def test_holders_of_the_permission_see_all_fields(browser: Browser, ada: User) -> None:
    browser.log_in(ada).get("/plain")
    assert list(browser.get("/active-users-info/").json()["data"][0]) == ["user_id", "username"]
    ada.user_permissions.add(Permission.objects.get(codename="view_activeuser"))
    (person,) = browser.get("/active-users-info/").json()["data"]
    assert list(person) == ["user_id", "session_id", "ip", "username"]


def test_a_site_that_does_not_install_the_app_can_note_and_count(browser: Browser, ada: User, settings: Any) -> None:
    """Sites that come from 0.4.1 have only the middleware."""
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "active_users"]
    browser.log_in(ada).get("/plain")
    assert browser.get("/old/active-users-info/").json()["count"] == 1
