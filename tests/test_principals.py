"""What a site puts in ``request.user`` that is no user: nobody, no error, and at most one line in the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.urls import path

from active_users import api

from .browsers import Browser
from .unnoticed import PRINCIPALS, Service

pytestmark = pytest.mark.django_db


def put(request: Any, kind: str) -> HttpResponse:
    """An API that knows its callers only in the view."""
    request.user = PRINCIPALS[kind]()
    return HttpResponse("data")


async def aput(request: Any, kind: str) -> HttpResponse:
    return put(request, kind)


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


urlpatterns = [path("put/<kind>", put), path("aput/<kind>", aput), path("plain", plain)]


@pytest.fixture(autouse=True)
def urls(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__


@pytest.mark.parametrize("view", ["put", "aput"])
@pytest.mark.parametrize("kind", PRINCIPALS)
def test_a_principal_that_is_no_user_is_nobody(
    browser: Browser, ada: User, view: str, kind: str, log: Callable[[], list[str]]
) -> None:
    for _ in range(3):
        assert browser.get(f"/{view}/{kind}").content == b"data"
        assert browser.log_in(ada).get(f"/{view}/{kind}").content == b"data"
    assert {user["username"] for user in api.get_active_users()} == {"ada"}  # by her cookie, before the view
    if kind == "hostile":
        assert set(log()) == {"ERROR"}
    else:
        assert len(log()) <= 1


def test_a_principal_that_only_looks_like_a_user_is_named_once(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Robot(Service):
        pass

    monkeypatch.setitem(globals(), "PRINCIPALS", {"robot": Robot})
    for _ in range(3):
        browser.get("/put/robot")
    assert caplog.text.count("Robot has no pk or no get_username()") == 1


class Token:
    """Stands for a user without being one, as the principals of stateless tokens do."""

    is_authenticated = True

    def __init__(self, user: User) -> None:
        self.pk = user.pk
        self.get_username = user.get_username


def test_a_principal_that_stands_for_a_user_counts(
    browser: Browser, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "PRINCIPALS", {"robot": lambda: Token(ada)})
    browser.get("/put/robot")
    assert api.is_active(ada)
