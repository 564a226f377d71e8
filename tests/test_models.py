from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.options import ModelAdmin
from django.contrib.admin.sites import AdminSite
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.models import Max
from django.test import RequestFactory

from active_users.models import ActiveUser
from active_users.permission import PERMISSION

from .browsers import Browser

pytestmark = pytest.mark.django_db


def test_there_are_permissions_and_no_table() -> None:
    permissions = Permission.objects.filter(content_type__app_label="active_users")
    assert {permission.codename for permission in permissions} == {"view_activeuser", "delete_activeuser"}
    assert PERMISSION == "active_users.view_activeuser"
    assert not [table for table in connection.introspection.table_names() if "active" in table]


def test_the_migrations_are_complete() -> None:
    call_command("makemigrations", "active_users", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("arguments", [(), ("--all",), ("active_users",)], ids=str)
def test_a_site_can_be_dumped(arguments: tuple[str, ...], ada: User) -> None:
    stdout = StringIO()
    call_command("dumpdata", *arguments, stdout=stdout)
    assert "active_users.activeuser" not in {row["model"] for row in json.loads(stdout.getvalue())}


@pytest.mark.parametrize("is_historical", [False, True])
def test_what_walks_all_models_finds_that_this_one_has_no_rows(is_historical: bool) -> None:
    """Such as an admin for every model, or a migration of the site's own."""
    registry: Any = MigrationLoader(connection).project_state().apps if is_historical else apps
    model = registry.get_model("active_users", "ActiveUser")
    for manager in (model._default_manager, model._base_manager):
        for rows in (manager.all(), manager.using("default"), manager.filter(pk=7).order_by("pk")):
            assert (list(rows), rows.count(), rows.exists(), rows.first()) == ([], 0, False, None)
            assert rows.aggregate(last=Max("pk")) == {"last": None}


def test_an_admin_for_every_model_lists_none(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = User(is_superuser=True, is_active=True)
    admin = ModelAdmin(ActiveUser, AdminSite())
    assert admin.get_changelist_instance(request).result_count == 0
    assert admin.get_object(request, "7") is None


def test_holders_of_the_permission_see_all_fields(browser: Browser, ada: User) -> None:
    browser.log_in(ada).get("/plain")
    assert list(browser.get("/active-users-info/").json()["data"][0]) == ["user_id", "username"]
    ada.user_permissions.add(Permission.objects.get(codename="view_activeuser"))
    browser.client.logout()  # what a session may see is remembered for a minute
    browser.log_in(ada).get("/plain")
    (person,) = browser.get("/active-users-info/").json()["data"]
    assert list(person) == ["user_id", "session_id", "ip", "username"]


def test_a_site_that_does_not_install_the_app_can_note_and_count(browser: Browser, ada: User, settings: Any) -> None:
    """Sites that come from 0.4.1 have only the middleware."""
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "active_users"]
    browser.log_in(ada).get("/plain")
    assert browser.get("/old/active-users-info/").json()["count"] == 1
