"""The live snippet leaves the page around it alone, whatever htmx attributes that has, and whoever answers its polls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils.html import escape

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
        around.poll(3)
        found = around.disturbances()
        for poll in around.polls:
            sent = parse_qs(urlsplit(poll.url).query)
            if list(sent) != ["limit", "shown"] or sent["limit"] != ["12"] or "x-around" in poll.headers:
                found.append(f"sent {sent}, {poll.headers}")
        if not around.renews_itself():
            found.append("does not renew itself")
        if found:
            disturbed[page["<body>"]] = found
        around.leave()
    assert disturbed == {}
