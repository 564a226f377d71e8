"""The live snippet leaves the page around it alone, whatever attributes that has, and whoever answers its polls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils.html import escape
from playwright.sync_api import expect

from tests.browser.person import Person
from tests.browser.surroundings import Surroundings

NewPerson = Callable[..., Person]

with_either_htmx = pytest.mark.parametrize("htmx_version", [2, 4], ids=["htmx 2", "htmx 4"])

ATTRIBUTES = {
    "hx-boost": "true",
    "hx-confirm": "Really?",
    "hx-disabled-elt": "#own",
    "hx-encoding": "multipart/form-data",
    "hx-ext": "loading-states",
    "hx-headers": '{"X-Around": "1"}',
    "hx-include": "#draft",
    "hx-indicator": "#spinner",
    "hx-params": "none",
    "hx-push-url": "true",
    "hx-replace-url": "true",
    "hx-select": "#content",
    "hx-select-oob": "#content",
    "hx-swap": "outerHTML show:top",
    "hx-sync": "this:replace",
    "hx-target": "#content",
    "hx-validate": "true",
    "hx-vals": '{"shown": "around", "limit": "5"}',
    "hx-vars": "shown:'around'",
}
ONLY_IN_HTMX_2 = {"hx-prompt": "Why?"}
ONLY_IN_HTMX_4 = {
    "hx-config": '{"headers": {"X-Around": "1"}}',
    "hx-disable": "#own",
    "hx-status:2xx": "swap:innerHTML target:#content",
}


def _page(attributes: Mapping[str, str], configuration: str = "") -> dict[str, str]:
    """What to replace in the example site's page to get one with these attributes on its body."""
    body = "<body {}>".format(" ".join(f'{name}="{escape(value)}"' for name, value in attributes.items()))
    return {"<body>": body, '{"includeIndicatorStyles"': f'{{{configuration} "includeIndicatorStyles"'}


def _pages(htmx_version: int) -> list[dict[str, str]]:
    """A page with each of the attributes, and pages with all of them, however htmx passes them on."""
    if htmx_version == 2:
        attributes = ATTRIBUTES | ONLY_IN_HTMX_2
        passed_on = _page(ATTRIBUTES | {"hx-inherit": "*"}, '"disableInheritance": true,')
    else:
        attributes = {f"{name}:inherited": value for name, value in (ATTRIBUTES | ONLY_IN_HTMX_4).items()}
        passed_on = _page(ATTRIBUTES | ONLY_IN_HTMX_4, '"implicitInheritance": true,')
    return [*(_page({name: value}) for name, value in attributes.items()), _page(attributes), passed_on]


@with_either_htmx
def test_no_attribute_of_the_page_around_it_changes_what_a_poll_does(new_person: NewPerson, htmx_version: int) -> None:
    disturbed: dict[str, list[str]] = {}
    for page in _pages(htmx_version):
        around = Surroundings(new_person(), page)
        around.open()
        around.poll(2)
        around.renew()
        found = around.disturbances()
        for poll in around.polls:
            sent = parse_qs(urlsplit(poll.url).query)
            pieces = [*map(_piece, sent["shown"])]
            is_right = list(sent) == ["language", "shown"] and pieces == ["count:", "live:12", "summary:"]
            if not is_right or {"x-around", "unset"} & {*poll.headers}:
                found.append(f"sent {sent}, {poll.headers}")
        if found:
            disturbed[page["<body>"]] = found
        around.leave()
    assert disturbed == {}


def _piece(shown: str) -> str:
    return shown.rpartition(":")[0]


PAGE = "<!doctype html><html><head><title>Log in</title></head><body><form>Log in</form></body></html>"
FOREIGN_ANSWERS: list[dict[str, Any]] = [
    {"status": 302, "headers": {"Location": "/log-in/"}},
    {"status": 200, "body": PAGE, "content_type": "text/html"},
    {"status": 200, "body": "<title>Terms</title><p>New terms</p>", "content_type": "text/html"},
    {"status": 200, "body": "<p class='active-users-live-content'>Maintenance", "content_type": "text/html"},
    {"status": 200, "body": "", "content_type": "text/html"},
    {"status": 200, "body": '{"error": "log in"}', "content_type": "application/json"},
    {"status": 401, "body": PAGE, "content_type": "text/html"},
    {"status": 503, "body": PAGE, "content_type": "text/html"},
]
# What htmx does because the answer says so: our script keeps that from it.
ORDERS: list[dict[str, Any]] = [
    {"status": 200, "body": "<p id='draft' hx-swap-oob='true'>Log in</p>"},
    *(
        {"status": 200, "headers": {name: value}, "body": "<p>Log in</p>"}
        for name, value in {
            "HX-Redirect": "/log-in/",
            "HX-Location": "/log-in/",
            "HX-Refresh": "true",
            "HX-Retarget": "#content",
            "HX-Reswap": "innerHTML",
            "HX-Push-Url": "/log-in/",
        }.items()
    ),
]


@with_either_htmx
@pytest.mark.parametrize("which", [-2, -1], ids=["", "passed on in another way"])
def test_what_somebody_else_answers_to_a_poll_changes_nothing(
    new_person: NewPerson, htmx_version: int, which: int
) -> None:
    around = Surroundings(new_person(), _pages(htmx_version)[which])
    around.open()
    shown = around.snippet
    for answer in FOREIGN_ANSWERS + ORDERS:
        around.answer_polls_with(answer)
        around.poll(2)
        assert around.snippet == shown, answer
        assert around.disturbances() == [], answer
    around.answer_polls_with(None)
    around.renew()
    assert around.disturbances() == []
    around.leave()


@with_either_htmx
@pytest.mark.parametrize("second_limit", [12, 0])
def test_two_pieces_of_one_kind_refresh_themselves(new_person: NewPerson, htmx_version: int, second_limit: int) -> None:
    ada = new_person()
    ada.watch()
    ada.log_in("Ada")
    around = Surroundings(ada, {}, second_limit=second_limit)
    ada.watch()
    around.make_stale()
    expect(ada.count).to_have_text(["1 member is online"] * 2)
    expect(ada.names).to_have_text(["Ada"] * (2 if second_limit else 1))


HTMX = '<script src="/static/django_htmx/htmx-{}.min.js" defer></script>'


def test_without_htmx_there_is_no_dead_button_and_the_console_says_once_what_is_missing(new_person: NewPerson) -> None:
    visitor = new_person()
    Surroundings(visitor, {HTMX.format(2): ""}, second_limit=5)
    with visitor.page.expect_console_message(lambda message: "htmx_script" in message.text):
        visitor.watch()
    expect(visitor.count).to_have_text(["0 members are online"] * 2)
    expect(visitor.page.locator(".active-users-live-pause:visible")).to_have_count(0)
    assert visitor.problems == ["The live pieces do not refresh themselves: {% htmx_script %} is missing."]
    visitor.problems.clear()


@with_either_htmx
@pytest.mark.parametrize("kind", ["module", "text/javascript"])
def test_the_button_is_there_however_a_site_loads_htmx(new_person: NewPerson, kind: str, htmx_version: int) -> None:
    visitor = new_person()
    htmx = HTMX.format(htmx_version)
    Surroundings(visitor, {htmx: "", "</body>": htmx.replace("defer", f"type='{kind}'") + "</body>"})
    visitor.watch()
    expect(visitor.pause_button).to_be_visible()
