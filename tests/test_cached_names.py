"""A page that shows names to one visitor is not stored by Django's cache for the others."""

# mypy: disable-error-code="misc, untyped-decorator"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.urls import include, path
from django.views.decorators.cache import cache_page
from rest_framework.decorators import api_view, renderer_classes
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.response import Response

from active_users.access import list_visible

from .browsers import Browser

pytestmark = pytest.mark.django_db

store = cache_page(60, cache="pages")


def _render(request: HttpRequest, template: str) -> HttpResponse:
    return HttpResponse(engines["django"].from_string("{% load active_users %}" + template).render({}, request))


@store
def printed(request: HttpRequest) -> HttpResponse:
    return _render(request, "{% active_users_list %}")


@store
def looped(request: HttpRequest) -> HttpResponse:
    return _render(request, "{% active_users_list as all %}{% for one in all %}{{ one.username }}{% endfor %}")


@store
def live(request: HttpRequest) -> HttpResponse:
    return _render(request, "{% active_users_live %}")


@store
def listed(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(list_visible(request, limit=10).users))


@store
def rendered_later(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, "list.html")


@store
@api_view(["GET"])
@renderer_classes([TemplateHTMLRenderer])
def of_an_api(request: Any) -> Response:
    return Response({}, template_name="list.html")


@store
def number(request: HttpRequest) -> HttpResponse:
    return _render(request, "{% active_users_count %}")


views = [printed, looped, live, listed, rendered_later, of_an_api, number]
urlpatterns = [path("", include("active_users.urls")), *(path(view.__name__, view) for view in views)]


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": settings.ACTIVE_USERS_KEY_PREFIX}
    settings.CACHES = settings.CACHES | {"pages": memory}
    settings.ROOT_URLCONF = __name__


@pytest.mark.parametrize("page", [view.__name__ for view in views if view is not number])
def test_a_page_that_shows_names_is_not_stored(new_browser: Callable[[], Browser], ada: User, page: str) -> None:
    assert "ada" in new_browser().log_in(ada).get(f"/{page}").content.decode()
    assert "ada" not in new_browser().get(f"/{page}").content.decode()


@pytest.mark.parametrize("page", ["printed", "number"])
def test_a_page_without_names_is_stored(
    new_browser: Callable[[], Browser], ada: User, page: str, no_memo: None
) -> None:
    before = new_browser().get(f"/{page}").content
    new_browser().log_in(ada).get("/nowhere")
    assert new_browser().get(f"/{page}").content == before
