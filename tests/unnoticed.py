"""Sites of many kinds: middleware that changes who a visitor is, and pages that print what they see of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, alogin, alogout, login, logout
from django.contrib.auth.middleware import get_user
from django.contrib.auth.models import User
from django.contrib.sessions.backends.cache import SessionStore as CachedStore
from django.contrib.sessions.backends.db import SessionStore as Store
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.decorators import sync_and_async_middleware
from django.utils.functional import LazyObject, SimpleLazyObject


def _named(name: str) -> Any:
    return User.objects.get(username=name)


def _changing(change: Callable[[Any], object]) -> Any:
    """Middleware that does this to a request before the view. It runs in a thread where the site is async."""

    @sync_and_async_middleware
    def middleware(get_response: Any) -> Any:
        async def acall(request: HttpRequest) -> Any:
            change(request)
            return await get_response(request)

        def call(request: HttpRequest) -> Any:
            change(request)
            return get_response(request)

        return acall if iscoroutinefunction(get_response) else call

    return middleware


# Sessions


class OfficeMiddleware(SessionMiddleware):
    """Another cookie, and so other sessions, below /office/."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if request.path.startswith("/office/"):
            request.session = Store(request.COOKIES.get("office"))

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        if not request.path.startswith("/office/"):
            return super().process_response(request, response)
        if request.session.modified and not request.session.is_empty():
            request.session.save()
            response.set_cookie("office", request.session.session_key)
        return response


class HeaderMiddleware(SessionMiddleware):
    """The session's key comes in a header."""

    def process_request(self, request: HttpRequest) -> None:
        request.session = Store(request.headers.get("X-Session"))

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        if request.session.modified and not request.session.is_empty():
            request.session.save()
            response["X-Session"] = request.session.session_key
        return response


class DeviceStore(Store):
    """A session that is told where it is used."""

    def __init__(self, session_key: str | None = None, *, address: str, agent: str) -> None:
        super().__init__(session_key)
        self.device = f"{agent} at {address}"


class DeviceMiddleware(SessionMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        key = request.COOKIES.get("sessionid")
        request.session = DeviceStore(key, address=request.META["REMOTE_ADDR"], agent="browser")


class LazyMiddleware(SessionMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        lazy: Any = SimpleLazyObject(lambda: Store(request.COOKIES.get("sessionid")))
        request.session = lazy


class CreatingStore(Store):
    """A session that is stored as soon as it is loaded."""

    def load(self) -> Any:
        data = super().load()
        if self.session_key is None:
            self.create()
        return data


class CreatingMiddleware(SessionMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        request.session = CreatingStore(request.COOKIES.get("sessionid"))


class CachedMiddleware(SessionMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        request.session = CachedStore(request.COOKIES.get("sessionid"))


@sync_and_async_middleware
def keep_the_session(get_response: Any) -> Any:
    """Keeps the session object, marks it, and writes to it after the view."""

    def keep(request: Any) -> Any:
        request.session.device = "kept"
        return request.session

    def call(request: HttpRequest) -> Any:
        session = keep(request)
        response = get_response(request)
        session["pages"] = session.get("pages", 0) + 1
        return response

    async def acall(request: HttpRequest) -> Any:
        session = keep(request)
        response = await get_response(request)
        await session.aset("pages", await session.aget("pages", 0) + 1)
        return response

    return acall if iscoroutinefunction(get_response) else call


@_changing
def dict_session(request: Any) -> None:
    request.session = {"_auth_user_id": "1"}


@_changing
def no_session(request: Any) -> None:
    del request.session


# Users


class Wrapper:
    """Another object in the place of the user, which hands on what is asked of it."""

    def __init__(self, user: Any) -> None:
        self._user = user

    def __getattr__(self, name: str) -> Any:
        return getattr(self._user, name)


class OwnLazyUser(LazyObject):  # type: ignore[type-arg]
    def _setup(self) -> None:
        self._wrapped = _named("bob")


@_changing
def bearer(request: Any) -> None:
    if "Authorization" in request.headers:
        request.user = SimpleLazyObject(lambda: _named("bob"))


@_changing
def own_lazy_user(request: Any) -> None:
    request.user = OwnLazyUser()


@_changing
def lazy_none(request: Any) -> None:
    request.user = SimpleLazyObject(lambda: None)


@_changing
def none(request: Any) -> None:
    request.user = None


@_changing
def no_user(request: Any) -> None:
    del request.user


@_changing
def wrapped(request: Any) -> None:
    request.user = Wrapper(request.user)


def _verify(request: Any, user: Any) -> Any:
    user.is_verified = request.session.get("one_time_password", False)
    return user


@_changing
def verified(request: Any) -> None:
    request.user = SimpleLazyObject(partial(_verify, request, request.user))


def _impersonate(request: Any, user: Any) -> Any:
    if "impersonated" not in request.session:
        return user
    other = _named(request.session["impersonated"])
    other.is_impersonate = True
    return other


@_changing
def impersonated(request: Any) -> None:
    request.user = SimpleLazyObject(partial(_impersonate, request, request.user))


# Pages


def _describe(request: Any) -> str:
    """What a page sees of the session and the user."""
    user, session = getattr(request, "user", "no user"), getattr(request, "session", {})
    name = getattr(user, "username", None) or str(user)
    flags = [flag for flag in ("is_verified", "is_impersonate") if getattr(user, flag, False)]
    hidden = (SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY)
    return json.dumps(
        {
            "user": [type(user).__name__, name, user is None, flags],
            "session": [type(session).__name__, getattr(session, "device", "")],
            "stored": sorted((key, value) for key, value in session.items() if key not in hidden),
        }
    )


def plain(request: Any) -> HttpResponse:
    return HttpResponse("plain")


async def aplain(request: Any) -> HttpResponse:
    return HttpResponse("plain")


def tell(request: Any) -> HttpResponse:
    return HttpResponse(_describe(request))


async def atell(request: Any) -> HttpResponse:
    """Asks ``auser()`` as well, after the session, which makes both lazy users load."""
    told = await sync_to_async(_describe)(request)
    user = await request.auser() if hasattr(request, "auser") else None
    return HttpResponse(f"{told} {user}")


def store(request: Any) -> HttpResponse:
    request.session["basket"] = request.GET.get("basket", "apples")
    return HttpResponse("stored")


async def astore(request: Any) -> HttpResponse:
    await request.session.aset("basket", request.GET.get("basket", "apples"))
    return HttpResponse("stored")


def store_something(request: Any) -> HttpResponse:
    request.session.update(request.GET.items())
    return HttpResponse("stored")


def store_meanwhile(request: Any) -> HttpResponse:
    """While this view works, another request of the same visitor stores something."""
    session = Store(request.session.session_key)
    session["basket"] = "pears"
    session.save()
    return HttpResponse("stored")


def tell_by_middleware(request: Any) -> HttpResponse:
    """Asks for the user as ``request.user`` does."""
    return HttpResponse(str(get_user(request)))


def log_in(request: Any, name: str) -> HttpResponse:
    login(request, _named(name), backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponse(f"{request.user}")


async def log_in_and_ask(request: Any, name: str) -> HttpResponse:
    await sync_to_async(login)(request, await sync_to_async(_named)(name))
    return HttpResponse(f"{await request.auser()} {await sync_to_async(str)(request.user)}")


async def alog_in(request: Any, name: str) -> HttpResponse:
    await alogin(request, await sync_to_async(_named)(name))
    return HttpResponse(f"{await request.auser()} {await sync_to_async(str)(request.user)}")


def log_in_by_hand(request: Any, name: str) -> HttpResponse:
    """Writes the session itself, as some single sign-on does, before anything has asked for the user."""
    user = _named(name)
    request.session[SESSION_KEY] = str(user.pk)
    request.session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    return HttpResponse(f"{request.user}")


def log_out(request: Any) -> HttpResponse:
    logout(request)
    return HttpResponse(f"{request.user}")


async def log_out_and_ask(request: Any) -> HttpResponse:
    await sync_to_async(logout)(request)
    return HttpResponse(f"{await request.auser()}")


async def alog_out(request: Any) -> HttpResponse:
    await alogout(request)
    return HttpResponse(f"{await request.auser()} {await sync_to_async(str)(request.user)}")


class Hostile:
    """A principal that raises an error at whatever it is asked."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)


class Service:
    """A principal that has logged in and is no user."""

    is_authenticated = True


class NumberedService(Service):
    pk = 7


PRINCIPALS: dict[str, Callable[[], Any]] = {
    "text": lambda: "service",
    "dict": lambda: {"sub": "service"},
    "tuple": lambda: (),
    "number": lambda: 7,
    "object": object,
    "class": lambda: Service,
    "service": Service,
    "numbered": NumberedService,
    "hostile": Hostile,
    "unsaved": lambda: User(username="service"),
}


def principal(request: Any, kind: str) -> HttpResponse:
    """What the check of a token leaves in the place of the user."""
    request.user = PRINCIPALS[kind]()
    return HttpResponse(kind)


async def aprincipal(request: Any, kind: str) -> HttpResponse:
    return principal(request, kind)


PAGES: dict[str, Any] = {
    "plain": plain,
    "aplain": aplain,
    "tell": tell,
    "atell": atell,
    "store": store,
    "astore": astore,
    "store-something": store_something,
    "store-meanwhile": store_meanwhile,
    "tell-by-middleware": tell_by_middleware,
    "login/<name>": log_in,
    "login-and-ask/<name>": log_in_and_ask,
    "alogin/<name>": alog_in,
    "login-by-hand/<name>": log_in_by_hand,
    "logout": log_out,
    "logout-and-ask": log_out_and_ask,
    "alogout": alog_out,
    "principal/<kind>": principal,
    "aprincipal/<kind>": aprincipal,
}
urlpatterns = [path(f"{below}{route}", view) for below in ("", "office/") for route, view in PAGES.items()]
