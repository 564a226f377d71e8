"""Views whose requests do not count as activity, however they are written and decorated."""

# mypy: disable-error-code="misc, untyped-decorator"

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from rest_framework.decorators import action, api_view
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from active_users import api
from active_users.decorators import active_users_exempt, is_exempt
from active_users.visits.exclusions import why_excluded

from .browsers import Browser


def forgetful(view: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator without ``functools.wraps()``."""

    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return view(request, *args, **kwargs)

    return wrapper


@active_users_exempt
def function(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse("exempt")


@active_users_exempt
class MarkedClass(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("exempt")


@method_decorator(active_users_exempt, name="dispatch")
class MarkedDispatch(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("exempt")


class MarkedMethod(View):
    @method_decorator(never_cache)
    @method_decorator(active_users_exempt)
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("exempt")

    def post(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("counts")


class BareMethod(View):
    @active_users_exempt
    async def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("exempt")


@active_users_exempt
@api_view(["GET"])
def above_api_view(request: Any) -> Response:
    return Response("exempt")


@api_view(["GET", "POST"])
@active_users_exempt
def below_api_view(request: Any) -> Response:
    return Response("exempt")


@api_view(["GET"])
def plain_api_view(request: Any) -> Response:
    return Response("counts")


class MarkedAPIView(APIView):
    @active_users_exempt
    def get(self, request: Any) -> Response:
        return Response("exempt")

    def post(self, request: Any) -> Response:
        return Response("counts")


class People(ViewSet):
    def list(self, request: Any) -> Response:
        return Response("counts")

    @active_users_exempt
    def create(self, request: Any) -> Response:
        return Response("exempt")

    @action(detail=False)
    @active_users_exempt
    def below(self, request: Any) -> Response:
        return Response("exempt")

    @active_users_exempt
    @action(detail=False)
    def above(self, request: Any) -> Response:
        return Response("exempt")


router = SimpleRouter()
router.register("people", People, basename="people")
ninja = NinjaAPI(urls_namespace="exempt", openapi_url=None)


@ninja.get("/below")
@active_users_exempt
def ninja_below(request: HttpRequest) -> str:
    return "exempt"


@active_users_exempt
@ninja.get("/above")
def ninja_above(request: HttpRequest) -> str:
    return "exempt"


@ninja.get("/async")
@active_users_exempt
async def ninja_async(request: HttpRequest) -> str:
    return "exempt"


@ninja.get("/plain")
def ninja_plain(request: HttpRequest) -> str:
    return "counts"


@ninja.post("/below")
def ninja_post(request: HttpRequest) -> str:
    return "counts"


urlpatterns = [
    path("function", function),
    path("partial", partial(function, kind="partial")),
    path("wrapped", csrf_exempt(never_cache(function))),
    path("forgetful", forgetful(function)),
    path("forgetful-class", forgetful(MarkedMethod.as_view())),
    path("class", MarkedClass.as_view()),
    path("dispatch", MarkedDispatch.as_view()),
    path("method", csrf_exempt(MarkedMethod.as_view())),
    path("bare-method", BareMethod.as_view()),
    path("api-above", above_api_view),
    path("api-below", below_api_view),
    path("api-plain", plain_api_view),
    path("api-class", csrf_exempt(MarkedAPIView.as_view())),
    path("router/", include(router.urls)),
    path("ninja/", ninja.urls),
]

EXEMPT = [
    *("function", "partial", "wrapped", "forgetful", "forgetful-class", "class", "dispatch", "method", "bare-method"),
    *("api-above", "api-below", "api-class", "router/people/below/", "router/people/above/"),
    *("ninja/above", "ninja/below", "ninja/async"),
]


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__


@pytest.mark.parametrize("page", EXEMPT)
def test_an_exempt_view_does_not_count_however_it_is_decorated(browser: Browser, ada: User, page: str) -> None:
    response = browser.log_in(ada).get(f"/{page}")
    assert response.status_code == 200
    assert b"exempt" in response.content
    assert api.get_active_users_count() == 0


@pytest.mark.parametrize("page", ["method", "api-class", "router/people/above/"])
def test_head_is_exempt_where_get_is(browser: Browser, ada: User, page: str) -> None:
    assert browser.log_in(ada).send("head", f"/{page}").status_code == 200
    assert api.get_active_users_count() == 0


@pytest.mark.parametrize(
    ("method", "page"),
    [
        ("get", "api-plain"),
        ("post", "method"),
        ("post", "forgetful-class"),
        ("post", "api-class"),
        ("get", "router/people/"),
        ("get", "ninja/plain"),
        ("post", "ninja/below"),
    ],
)
def test_the_views_and_methods_beside_it_count(browser: Browser, ada: User, method: str, page: str) -> None:
    response = browser.log_in(ada).send(method, f"/{page}")
    assert response.status_code == 200
    assert b"counts" in response.content
    assert api.get_active_users_count() == 1


def test_one_action_of_a_view_set_is_exempt_and_another_is_not(browser: Browser, ada: User) -> None:
    browser.log_in(ada)
    browser.send("post", "/router/people/", content_type="application/json")
    assert api.get_active_users_count() == 0
    browser.get("/router/people/")
    assert api.get_active_users_count() == 1


@pytest.mark.parametrize("mistake", ["polls.views.poll", include([]), router, ninja, property(), View().dispatch, len])
def test_what_cannot_be_marked_is_named_at_once(mistake: Any) -> None:
    with pytest.raises(TypeError, match="active_users_exempt should mark a view function, a view class") as caught:
        active_users_exempt(mistake)
    assert repr(mistake) in str(caught.value)


def test_a_view_that_cannot_be_hashed_or_encloses_itself_is_no_error() -> None:
    class Unhashable:
        __hash__ = None  # type: ignore[assignment]

        def __call__(self, request: HttpRequest) -> HttpResponse:
            return HttpResponse("counts")

    def enclosing_itself(request: HttpRequest) -> HttpResponse:
        return enclosing_itself(request)

    assert is_exempt(Unhashable(), "GET") is False
    assert is_exempt(active_users_exempt(Unhashable()), "GET") is True
    assert is_exempt(enclosing_itself, "GET") is False


@pytest.mark.parametrize("pattern", [r"^/health/", r"^/shop/health/", r"/health/$"])
def test_a_pattern_matches_the_path_with_or_without_the_script_prefix(pattern: str) -> None:
    request = RequestFactory().get("/health/", SCRIPT_NAME="/shop")
    assert (request.path, request.path_info) == ("/shop/health/", "/health/")
    assert why_excluded(request, None, [r"^/shop$"]) is None
    assert why_excluded(request, None, [r"^/shop$", pattern]) == "excluded path"
