"""The pages of the tests' site."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth import alogin, alogout, get_user_model, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import cache_page

from active_users.decorators import active_users_exempt


def _find_user(name: str) -> Any:
    return get_user_model()._default_manager.get_by_natural_key(name)


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


async def aplain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


def greet(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"hello {request.user.get_username()}")


async def agreet(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"hello {(await request.auser()).get_username()}")


def read_session(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.session.get("basket", "empty"))


def fill_session(request: HttpRequest) -> HttpResponse:
    request.session["basket"] = "apples"
    return HttpResponse("filled")


async def acount(request: HttpRequest) -> HttpResponse:
    return render(request, "count.html")


def count(request: HttpRequest) -> HttpResponse:
    return render(request, "count.html")


def counts(request: HttpRequest) -> HttpResponse:
    return render(request, "counts.html")


@cache_page(60, cache="pages")
def cached(request: HttpRequest) -> HttpResponse:
    return render(request, "count.html")


def flush_session(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    return HttpResponse("flushed")


def people(request: HttpRequest) -> HttpResponse:
    return render(request, "list.html")


@active_users_exempt
def live(request: HttpRequest) -> HttpResponse:
    return render(request, "live.html")


def empty(request: HttpRequest) -> HttpResponse:
    return render(request, "empty.html")


def log_in(request: HttpRequest, name: str) -> HttpResponse:
    login(request, _find_user(name))
    return HttpResponse("welcome")


async def alog_in(request: HttpRequest, name: str) -> HttpResponse:
    await alogin(request, await sync_to_async(_find_user)(name))
    return HttpResponse("welcome")


def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return render(request, "count.html")


async def alog_out(request: HttpRequest) -> HttpResponse:
    await alogout(request)
    return HttpResponse("bye")


def token(request: HttpRequest, name: str) -> HttpResponse:
    """Sets the user during the view, as an API does that checks a token."""
    request.user = _find_user(name)
    return HttpResponse("data")


@active_users_exempt
def exempt(request: HttpRequest) -> HttpResponse:
    return HttpResponse("exempt")


@active_users_exempt
async def aexempt(request: HttpRequest) -> HttpResponse:
    return HttpResponse("exempt")


@method_decorator(active_users_exempt, name="dispatch")
class Exempt(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("exempt")


def fail(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the view's own")


def _page(route: str, view: Any) -> Any:
    return path(route, view, name=route)


urlpatterns = [
    _page("plain", plain),
    _page("aplain", aplain),
    _page("greet", greet),
    _page("agreet", agreet),
    _page("session", read_session),
    _page("session/fill", fill_session),
    _page("cached", cached),
    _page("count", count),
    _page("list", people),
    _page("live", live),
    _page("session/flush", flush_session),
    _page("acount", acount),
    _page("empty", empty),
    _page("counts", counts),
    _page("login/<name>", log_in),
    _page("alogin/<name>", alog_in),
    _page("logout", log_out),
    _page("alogout", alog_out),
    _page("token/<name>", token),
    _page("exempt", exempt),
    _page("aexempt", aexempt),
    _page("exempt-class", Exempt.as_view()),
    _page("fail", fail),
    path("", include("active_users.urls")),
    path("old/", include("active_users.api.urls")),
]
