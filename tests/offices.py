"""An admin of a site's own, at ``/office/``, for tests of ``active_users.admin``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.contrib.admin.options import ModelAdmin
from django.contrib.admin.sites import AdminSite
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from active_users.admin import ActiveUserAdmin, ActiveUsersColumn
from active_users.models import ActiveUser

from .installing import installed

PAGE = "/office/active_users/activeuser/"
POLL = "/active-users-live/"


class PeopleAdmin(ActiveUsersColumn, ModelAdmin):  # type: ignore[type-arg]
    list_display = ("username",)
    list_per_page = 3


class OpenAdmin(ActiveUserAdmin):
    """Lets everybody in, as a site may think that it can."""

    def has_view_permission(self, request: HttpRequest, obj: ActiveUser | None = None) -> bool:
        return True


class OrdinaryAdmin(ModelAdmin):  # type: ignore[type-arg]
    list_display = ("username",)
    list_per_page = 3


class ChoosyAdmin(ActiveUsersColumn, ModelAdmin):  # type: ignore[type-arg]
    list_display = ("active_users_online", "username")
    list_filter = ("is_staff",)


office = AdminSite(name="office")
office.register(ActiveUser, ActiveUserAdmin)
office.register(User, PeopleAdmin)
ordinary_office = AdminSite(name="ordinary")
ordinary_office.register(User, OrdinaryAdmin)
ordinary_office.register(ActiveUser, OpenAdmin)
empty_office = AdminSite(name="empty")
empty_office.register(ActiveUser, ActiveUserAdmin)


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


urlpatterns: list[Any] = [
    path("office/", office.urls),
    path("empty/", empty_office.urls),
    path("ordinary/", ordinary_office.urls),
    path("plain", plain),
    path("", include("active_users.urls")),
]

CONTEXT_PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]


@contextmanager
def with_an_admin() -> Iterator[None]:
    """The tests' site with Django's admin, and the table of its log."""
    templates = [settings.TEMPLATES[0] | {"OPTIONS": {"context_processors": CONTEXT_PROCESSORS}}]
    with installed(
        "django.contrib.messages",
        "django.contrib.admin",
        ROOT_URLCONF=__name__,
        MIDDLEWARE=[*settings.MIDDLEWARE, "django.contrib.messages.middleware.MessageMiddleware"],
        TEMPLATES=templates,
    ):
        from django.contrib.admin.models import LogEntry  # a model can be imported only where its app is installed

        with connection.schema_editor() as editor:
            editor.create_model(LogEntry)
        yield
        with connection.schema_editor() as editor:
            editor.delete_model(LogEntry)


def staff(name: str, *permissions: str, **options: Any) -> User:
    """Somebody who may open the admin, with these permissions."""
    user = User.objects.create_user(name, is_staff=True, **options)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def client_of(user: User, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client
