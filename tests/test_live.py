from __future__ import annotations

import re
from types import ModuleType
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.template import Context, RequestContext, Template
from django.test import RequestFactory
from django.urls import include, path, resolve

from active_users import urls as our_urls
from active_users import views
from active_users.rendering.live import find_live_url

from . import urls

PIECES = ["active_users_live limit=7", "active_users_live_count", "active_users_heartbeat"]


def _urlconf(*patterns: Any) -> Any:
    module = ModuleType("somewhere")
    module.urlpatterns = list(patterns)  # type: ignore[attr-defined]
    return module


ours = include(our_urls)
shop = include(([path("presence/", ours)], "shop"), namespace="toys")
URLCONFS = {
    "plain": _urlconf(path("", ours)),
    "below a path": _urlconf(path("here/", ours)),
    "another instance": _urlconf(path("", include(our_urls, namespace="presence"))),
    "nested": _urlconf(path("shop/", shop)),
    "nested twice": _urlconf(path("a/", include(([path("b/", shop)], "market")))),
    "nested, another instance": _urlconf(path("", include(([path("", include(our_urls, namespace="x"))], "shop")))),
    "nested without a namespace": _urlconf(path("a/", include([path("b/", ours)]))),
    "below a parameter and elsewhere": _urlconf(path("<slug:shop>/", include(our_urls, namespace="y")), path("", shop)),
}


def _request(urlconf: Any) -> HttpRequest:
    request = RequestFactory().get("/")
    request.urlconf = urlconf
    return request


@pytest.mark.parametrize("where", URLCONFS)
@pytest.mark.parametrize("is_root", [True, False], ids=["the site's URLconf", "the request's URLconf"])
def test_the_snippet_finds_its_url_wherever_a_site_includes_it(where: str, is_root: bool, settings: Any) -> None:
    urlconf = URLCONFS[where]
    if is_root:
        settings.ROOT_URLCONF = urlconf
    url = find_live_url(None if is_root else _request(urlconf))
    assert resolve(url, urlconf).func is views.live
    context = Context() if is_root else RequestContext(_request(urlconf))
    for piece in PIECES:
        assert f'hx-get="{url}?language=en-us"' in Template(f"{{% load active_users %}}{{% {piece} %}}").render(context)


@pytest.mark.parametrize("urlconf", [_urlconf(), _urlconf(path("<slug:shop>/", ours))], ids=["none", "a parameter"])
def test_the_error_for_a_url_that_is_missing_says_what_to_add(urlconf: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match=r'add path\("", include\("active_users.urls"\)\) to your URLconf'):
        find_live_url(_request(urlconf))
    assert find_live_url(_request(urls)) == "/active-users-live/"


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_no_language_writes_the_numbers_in_the_attributes_in_its_own_way(language: str, settings: Any) -> None:
    settings.LANGUAGE_CODE = language
    settings.USE_THOUSAND_SEPARATOR = True
    settings.ACTIVE_USERS_REFRESH_SECONDS = 1.5
    html = Template("{% load active_users %}{% active_users_live limit=1000 %}").render(Context())
    assert 'data-seconds="1.5"' in html
    assert 'value="live:1000:' in html
    assert "active-users-live-1000" in html


def test_the_list_inherits_nothing_from_the_poll() -> None:
    html = Template("{% load active_users %}{% active_users_live %}").render(Context())
    content = html.index("</div>", html.index('class="active-users-live-content'))
    assert "hx-" not in html[:content]
    assert re.search(r'class="active-users-live-poll"[^>]*></span>', html)
