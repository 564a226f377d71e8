from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User

from .browsers import Browser
from .servers import Server

PATH = "/active-users-live/"


def _shown(response: Any) -> str:
    found = re.search(r'name="shown" value="(\w+)"', response.content.decode())
    assert found is not None
    return found[1]


@pytest.mark.django_db
def test_the_partial_is_sent_only_when_it_changed(new_browser: Any, ada: User, bob: User) -> None:
    new_browser().log_in(ada).get("/plain")
    viewer = new_browser().log_in(bob)
    first = viewer.get(PATH)
    assert "<strong>1</strong> person is online" in first.content.decode()
    assert "<li><bdi>ada</bdi></li>" in first.content.decode()
    assert viewer.get(PATH, query_params={"shown": _shown(first)}).status_code == 204
    viewer.get("/plain")
    second = viewer.get(PATH, query_params={"shown": _shown(first)})
    assert second.status_code == 200
    assert "<strong>2</strong> people are online" in second.content.decode()
    assert viewer.get(PATH, query_params={"shown": "garbage"}).status_code == 200


def test_the_limit_cuts_the_list(new_browser: Any, ada: User, bob: User) -> None:
    viewer = new_browser().log_in(bob)
    viewer.get("/plain")
    new_browser().log_in(ada).get("/plain")
    text = viewer.get(PATH + "?limit=1").content.decode()
    assert "<strong>2</strong>" in text
    assert text.count("<li>") == 1


@pytest.mark.parametrize("limit", ["", "x", "-1", "1001", "9" * 5000, "\u0663"])
def test_the_error_for_a_bad_limit_names_it(browser: Browser, limit: str) -> None:
    response = browser.get(PATH, query_params={"limit": limit})
    assert response.status_code == 400
    assert response.content.decode().startswith("limit should be a whole number from 0 to 1000, not ")
    assert response.headers["Content-Type"] == "text/plain"


def test_an_anonymous_visitor_sees_only_the_count(new_browser: Any, ada: User) -> None:
    new_browser().log_in(ada).get("/plain")
    text = new_browser().get(PATH).content.decode()
    assert "<strong>1</strong>" in text
    assert "ada" not in text


def test_names_are_escaped(new_browser: Any, ada: User) -> None:
    name = "<script>alert('{{ 1 }}')</script>"
    evil = User.objects.create_user(name)
    viewer = new_browser().log_in(ada)
    new_browser().log_in(evil).get("/plain")
    text = viewer.get(PATH).content.decode()
    assert "<script>" not in text
    assert "&lt;script&gt;alert(&#x27;{{ 1 }}&#x27;)" in text


@pytest.mark.django_db
def test_while_redis_is_down_the_partial_says_so_once(browser: Browser, own_server: Server) -> None:
    own_server.kill()
    response = browser.get(PATH)
    assert response.status_code == 200
    assert "It is not known right now who is online" in response.content.decode()
    assert "0" not in re.sub(r"value=.*", "", response.content.decode())
    assert browser.get(PATH, query_params={"shown": _shown(response)}).status_code == 204


def test_polling_does_not_keep_anybody_active(browser: Browser, ada: User) -> None:
    browser.log_in(ada).get(PATH)
    assert "<strong>0</strong>" in browser.get(PATH).content.decode()
