"""Code that a site could write with the public API. Nothing runs it, but ``make lint`` checks its types."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Self, assert_type

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import include, path

from active_users import api
from active_users.access import list_visible, members_see_names, visible_fields
from active_users.decorators import active_users_exempt
from active_users.exceptions import ActiveUsersUnavailable
from active_users.keys import AbstractActiveUserEntry, ActiveUserEntry
from active_users.middleware import ActiveUsersSessionMiddleware


def read(user: User) -> None:
    assert_type(api.get_active_users_count(), int)
    assert_type(api.get_active_users(), list[api.ActiveUser])
    assert_type(api.get_active_users(limit=10, offset=20), list[api.ActiveUser])
    assert_type(api.list_active_users(limit=10), api.ActiveUsers)
    assert_type(api.list_active_users(limit=10).count, int)
    assert_type(api.is_active(user), bool)
    assert_type(api.get_last_seen(User.objects.all()), dict[Any, datetime])
    assert_type(api.note(user), bool)
    assert_type(api.note(user, HttpRequest()), bool)
    assert_type(api.forget(user), bool)
    assert_type(api.clear(), bool)
    assert_type(api.get_active_users_count(place="/"), int)
    assert_type(api.get_active_guests_count(), int)
    assert_type(api.get_active_guests_count(place="/"), int)
    assert_type(api.get_active_users(place="/"), list[api.ActiveUser])
    assert_type(api.get_active_places(limit=10), list[api.ActivePlace])
    assert_type(api.get_record(), api.Moment | None)
    assert_type(api.forget_record(), bool)
    assert_type(api.get_history(hours=24), list[api.Moment])


async def aread(user: User) -> None:
    assert_type(await api.aget_active_users_count(), int)
    assert_type(await api.aget_active_users(limit=10), list[api.ActiveUser])
    assert_type(await api.alist_active_users(limit=10), api.ActiveUsers)
    assert_type(await api.ais_active(user), bool)
    assert_type(await api.aget_last_seen([user]), dict[Any, datetime])
    assert_type(await api.anote(user), bool)
    assert_type(await api.aforget(user), bool)
    assert_type(await api.aclear(), bool)
    assert_type(await api.aget_active_users_count(place="/"), int)
    assert_type(await api.aget_active_guests_count(place="/"), int)
    assert_type(await api.aget_active_places(limit=10), list[api.ActivePlace])
    assert_type(await api.aget_record(), api.Moment | None)
    assert_type(await api.aforget_record(), bool)
    assert_type(await api.aget_history(hours=24), list[api.Moment])


def read_or_none() -> int | None:
    try:
        return api.get_active_users_count()
    except ActiveUsersUnavailable:
        return None


class WithTeam(ActiveUserEntry):
    fields = ("team", *ActiveUserEntry.fields)

    team: str

    @classmethod
    def create_from_request(cls, request: HttpRequest) -> Self:
        entry = super().create_from_request(request)
        entry.team = request.headers.get("Team", "")
        return entry


class BySession(AbstractActiveUserEntry):
    fields: ClassVar[tuple[str, ...]] = ("session_id",)

    session_id: str

    @classmethod
    def create_from_request(cls, request: HttpRequest) -> Self:
        entry = cls()
        entry.session_id = request.session.session_key or ""
        return entry


def team_and_names(request: HttpRequest) -> Sequence[str]:
    return ("team", *members_see_names(request))


def is_invisible(request: HttpRequest) -> bool:
    return request.headers.get("Invisible") == "1"


class OnlyPages(ActiveUsersSessionMiddleware):
    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        return None if request.path.startswith("/api/") else super().process_view(request, view, args, kwargs)


@active_users_exempt
def poll(request: HttpRequest) -> HttpResponse:
    assert_type(visible_fields(request), list[str])
    found = list_visible(request, limit=5)
    return HttpResponse(", ".join(user.get("username", "") for user in found.users))


assert_type(poll(HttpRequest()), HttpResponse)

urlpatterns = [
    path("", include("active_users.urls")),
    path("old/", include("active_users.api.urls")),
    path("poll/", poll),
]
