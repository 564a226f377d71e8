"""Pages that show everything they can see of the user and the session."""

from __future__ import annotations

import json
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.contrib.auth import SESSION_KEY, alogin, alogout, get_user_model, login, logout
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.exceptions import SynchronousOnlyOperation
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

# A lazy session reads the cookies when it is made, which we need its key for.
OURS = {"active_users_visit", "COOKIES"}


def _describe(user: Any) -> str:
    marks = [str(getattr(user, name, "")) for name in ("username", "is_verified")]
    return " ".join([user.__class__.__name__, *marks])


def _show(request: Any, *seen: Any) -> HttpResponse:
    """Show what the view saw, and whether user and session are the objects that the site put there."""
    same = [getattr(request, name) is request.originals[name] for name in ("user", "auser", "session")]
    session = request.session
    attributes = [getattr(session, name, None) for name in ("tenant", "address", "agent")]
    impersonator = getattr(getattr(request, "impersonator", None), "username", "")
    return HttpResponse(json.dumps([*seen, same, type(session).__name__, attributes, impersonator]))


def plain(request: HttpRequest) -> HttpResponse:
    traces = sorted(set(vars(request)) - OURS)
    return _show(request, traces)


async def aplain(request: HttpRequest) -> HttpResponse:
    return plain(request)


def who(request: HttpRequest) -> HttpResponse:
    return _show(request, _describe(request.user))


def who_twice(request: HttpRequest) -> HttpResponse:
    basket = request.session.get("basket")
    return _show(request, basket, _describe(request.user), _describe(request.user), sorted(request.session.keys()))


async def awho(request: Any) -> HttpResponse:
    return _show(request, _describe(await request.auser()))


async def in_the_loop(request: Any) -> HttpResponse:
    """Uses the user in an async view as if it were not one."""
    try:
        return _show(request, _describe(request.user))
    except SynchronousOnlyOperation:
        return _show(request, "needs a thread")


def basket(request: HttpRequest) -> HttpResponse:
    return _show(request, request.session.get("basket"))


async def abasket(request: HttpRequest) -> HttpResponse:
    return _show(request, await request.session.aget("basket"))


def fill(request: HttpRequest) -> HttpResponse:
    request.session["basket"] = "pears"
    return _show(request)


def flush(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    return _show(request, _describe(request.user))


def _same_person(request: HttpRequest) -> Any:
    """Who has logged in, found without asking for the user."""
    return get_user_model()._default_manager.filter(pk=request.session.get(SESSION_KEY) or 0)


def change_and_ask(request: Any) -> HttpResponse:
    _same_person(request).update(first_name="changed here")
    if getattr(request.user, "pk", None):
        request.user.save()
    return _show(request, _describe(request.user))


def suspend_and_ask(request: HttpRequest) -> HttpResponse:
    _same_person(request).update(is_active=False)
    return _show(request, _describe(request.user))


def delete_and_ask(request: HttpRequest) -> HttpResponse:
    _same_person(request).delete()
    return _show(request, _describe(request.user))


def end_all_sessions_and_ask(request: HttpRequest) -> HttpResponse:
    Session.objects.all().delete()
    return _show(request, _describe(request.user))


def replace_session_and_ask(request: HttpRequest) -> HttpResponse:
    request.session = SessionStore()
    return _show(request, _describe(request.user))


def delete_session_and_ask(request: HttpRequest) -> HttpResponse:
    del request.session
    try:
        seen = _describe(request.user)
    except AttributeError as error:
        seen = str(error)
    request.session = SessionStore()
    return _show(request, seen)


def _find(name: str) -> Any:
    return get_user_model()._default_manager.get(username=name)


def log_in(request: HttpRequest) -> HttpResponse:
    login(request, _find("bob"))
    return _show(request, _describe(request.user))


async def log_in_and_ask(request: Any) -> HttpResponse:
    await sync_to_async(login)(request, await sync_to_async(_find)("bob"))
    return _show(request, _describe(await request.auser()))


async def alog_in(request: Any) -> HttpResponse:
    await alogin(request, await sync_to_async(_find)("bob"))
    return _show(request, _describe(await request.auser()), _describe(request.user))


def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return _show(request, _describe(request.user))


async def log_out_and_ask(request: Any) -> HttpResponse:
    await sync_to_async(logout)(request)
    return _show(request, _describe(await request.auser()))


async def alog_out(request: Any) -> HttpResponse:
    await alogout(request)
    return _show(request, _describe(await request.auser()), _describe(request.user))


VIEWS: list[Any] = [plain, aplain, who, who_twice, awho, in_the_loop, basket, abasket, fill, flush]
VIEWS += [change_and_ask, suspend_and_ask, delete_and_ask, end_all_sessions_and_ask]
VIEWS += [replace_session_and_ask, delete_session_and_ask]
VIEWS += [log_in, log_in_and_ask, alog_in, log_out, log_out_and_ask, alog_out]
# Each view under the kind of handler that it is written for, and some of the others.
ASYNC_PAGES = [view.__name__ for view in VIEWS if iscoroutinefunction(view)]
SYNC_PAGES = [view.__name__ for view in VIEWS if not iscoroutinefunction(view)] + ["awho", "alog_in", "nowhere"]
ASYNC_PAGES += ["plain", "who", "change_and_ask", "replace_session_and_ask"]

_pages = [path(view.__name__, view) for view in VIEWS]
urlpatterns = [*_pages, path("office/", include(_pages))]
