"""A site's own subclasses of the middleware."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import AsyncClient, Client

from active_users import api
from active_users.middleware import ActiveUsersSessionMiddleware

Get = Callable[[str], Any]


class Declining(ActiveUsersSessionMiddleware):
    """Declines logged-in people on some pages. It reads the user to decide, as a site's subclass may."""

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> Any:
        if request.path in ("/greet", "/agreet") and request.user.is_authenticated:
            return None
        return super().process_view(request, view, args, kwargs)


class DecliningAsync(ActiveUsersSessionMiddleware):
    async def aprocess_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> Any:
        if request.path in ("/greet", "/agreet") and (await request.auser()).is_authenticated:
            return None
        return await super().aprocess_view(request, view, args, kwargs)


class DecliningEither(DecliningAsync, Declining):
    """Overrides both methods."""


class Answering(ActiveUsersSessionMiddleware):
    """Notes the person, and responds instead of the view."""

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> Any:
        super().process_view(request, view, args, kwargs)
        return HttpResponse(f"in place of {view.__name__}")


class Inheriting(ActiveUsersSessionMiddleware):
    """Overrides nothing."""


@pytest.fixture(params=["sync", "async"])
def get(request: pytest.FixtureRequest, ada: User) -> Get:
    """Open a page as Ada."""
    if request.param == "sync":
        client = Client()
        client.force_login(ada)
        return client.get
    async_client = AsyncClient()
    async_client.force_login(ada)
    return async_to_sync(async_client.get)


@pytest.fixture
def use(settings: Any) -> Callable[[type], None]:
    def use(middleware: type) -> None:
        settings.MIDDLEWARE = [*settings.MIDDLEWARE[:-1], f"{__name__}.{middleware.__name__}"]

    return use


@pytest.mark.parametrize("page", ["/greet", "/agreet"])
@pytest.mark.parametrize("middleware", [Declining, DecliningEither])
def test_a_request_that_a_subclass_declines_is_not_noted_and_others_are(
    get: Get, use: Callable[[type], None], middleware: type, page: str
) -> None:
    use(middleware)
    assert get(page).content == b"hello ada"
    assert api.get_active_users_count() == 0
    assert get("/plain").content == b"plain"
    assert api.get_active_users_count() == 1


def test_overriding_only_the_async_method_is_enough_on_async_sites(ada: User, use: Callable[[type], None]) -> None:
    use(DecliningAsync)
    client = AsyncClient()
    client.force_login(ada)
    assert async_to_sync(client.get)("/agreet").content == b"hello ada"
    assert api.get_active_users_count() == 0
    async_to_sync(client.get)("/plain")
    assert api.get_active_users_count() == 1


def test_a_subclass_may_respond_instead_of_the_view(get: Get, use: Callable[[type], None]) -> None:
    use(Answering)
    assert get("/plain").content == b"in place of plain"
    assert api.get_active_users_count() == 1


def test_a_subclass_that_overrides_nothing_notes_people(get: Get, use: Callable[[type], None]) -> None:
    use(Inheriting)
    get("/plain")
    assert api.get_active_users_count() == 1


def test_a_request_that_reaches_no_view_is_noted_after_the_response(get: Get, use: Callable[[type], None]) -> None:
    use(Declining)
    assert get("/nowhere").status_code == 404
    assert api.get_active_users_count() == 1
