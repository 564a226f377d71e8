from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from .browsers import Browser
from .servers import Server
from .waiting import wait_until

PATH = "/active-users-info/"


@pytest.fixture
def watched(new_browser: Any, ada: User, bob: User) -> Browser:
    """Bob's browser, while Bob and Ada are active."""
    new_browser().log_in(ada).get("/plain")
    browser: Browser = new_browser().log_in(bob)
    browser.get("/plain")
    return browser


@pytest.mark.parametrize("path", [PATH, "/old/active-users-info/"])
def test_a_member_gets_the_count_and_the_names(watched: Browser, path: str, ada: User, bob: User) -> None:
    response = watched.get(path)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == {
        "count": 2,
        "data": [{"user_id": str(bob.pk), "username": "bob"}, {"user_id": str(ada.pk), "username": "ada"}],
    }


def test_an_anonymous_visitor_gets_only_the_count(watched: Browser, new_browser: Any) -> None:
    assert new_browser().get(PATH).json() == {"count": 2, "data": []}


def test_limit_and_offset_cut_the_list_but_not_the_count(watched: Browser) -> None:
    assert watched.get(PATH + "?limit=1").json()["count"] == 2
    assert [user["username"] for user in watched.get(PATH + "?limit=1").json()["data"]] == ["bob"]
    assert [user["username"] for user in watched.get(PATH + "?offset=1").json()["data"]] == ["ada"]
    assert watched.get(PATH + "?limit=0").json() == {"count": 2, "data": []}


@pytest.mark.parametrize("name", ["limit", "offset"])
@pytest.mark.parametrize(
    "value", ["", "x", "-1", "1.5", "1e3", "1001x", " 1", "+1", "\u0663", "9" * 5000, "1000000000", "\x00", "0x10"]
)
@pytest.mark.django_db
def test_the_error_for_a_bad_number_names_the_parameter(browser: Browser, name: str, value: str) -> None:
    response = browser.get(PATH, query_params={name: value})
    assert response.status_code == 400
    assert response.json()["error"].startswith(f"{name} should be a whole number from 0 to ")
    assert len(response.content) < 400


@pytest.mark.django_db
def test_the_limit_may_be_at_most_a_thousand(browser: Browser) -> None:
    assert browser.get(PATH + "?limit=1000").status_code == 200
    assert "from 0 to 1000, not '1001'" in browser.get(PATH + "?limit=1001").json()["error"]


@pytest.mark.django_db
def test_while_redis_is_down_the_status_is_503_with_a_body(browser: Browser, own_server: Server) -> None:
    own_server.kill()
    response = browser.get(PATH)
    assert response.status_code == 503
    assert response.json() == {"error": "Active users are unknown right now."}


@pytest.mark.django_db
def test_polls_while_redis_is_down_are_no_errors_which_django_would_mail_to_the_admins(
    browser: Browser, own_server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    def errors() -> list[str]:
        return [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]

    own_server.kill()
    for _ in range(5):
        assert browser.get(PATH).status_code == 503
    assert errors() == []
    with pytest.raises(RuntimeError):
        browser.get("/fail")
    assert errors() == ["Internal Server Error: /fail"]


@pytest.mark.django_db
def test_polls_while_redis_is_down_log_the_outage_once(
    browser: Browser, own_server: Server, log: Callable[[], list[str]]
) -> None:
    own_server.kill()
    for _ in range(5):
        browser.get(PATH)
    wait_until(lambda: log() != [])
    assert browser.get(PATH).status_code == 503
    assert log() == ["WARNING"]


@pytest.mark.parametrize("path", [PATH, "/active-users-live/"])
@pytest.mark.django_db
def test_the_endpoints_are_read_only_and_never_cached(browser: Browser, path: str) -> None:
    response = browser.get(path)
    assert "no-store" in response.headers["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in response.headers
    assert browser.send("head", path).status_code == 200
    for method in ("post", "put", "patch", "delete", "options"):
        assert browser.send(method, path).status_code == 405
    assert browser.get(PATH).headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", [PATH, "/active-users-live/"])
@pytest.mark.django_db
def test_the_endpoints_answer_anonymous_visitors_even_if_the_site_requires_a_login_everywhere(
    browser: Browser, path: str, settings: Any
) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
    assert browser.get("/plain").status_code == 302
    assert browser.get(path).status_code == 200


@given(query=st.dictionaries(st.sampled_from(["limit", "offset", "shown", "x"]), st.text(max_size=50), max_size=4))
@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@pytest.mark.django_db
def test_no_query_string_causes_an_error(browser: Browser, query: dict[str, str]) -> None:
    assert browser.get(PATH, query_params=query).status_code in (200, 204, 400)
    assert browser.get("/active-users-live/", query_params=query).status_code in (200, 204, 400)
