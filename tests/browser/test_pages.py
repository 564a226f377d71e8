"""The site's pages on a phone, in dark mode, with assistive technology, and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from tests.browser.person import Person

NewPerson = Callable[..., Person]

PAGES = ["/", "/articles/a-letter-about-margins/", "/members/", "/online/", "/log-in/"]


def check_with_axe(page: Page) -> None:
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_axe_finds_no_violations(new_person: NewPerson, color_scheme: Literal["light", "dark"]) -> None:
    ada = new_person(color_scheme=color_scheme)
    for path in ("/", "/online/", "/log-in/"):
        ada.page.goto(path)
        check_with_axe(ada.page)
    ada.log_in("Ada")
    for path in ("/articles/a-letter-about-margins/", "/members/", "/online/"):
        ada.page.goto(path)
        check_with_axe(ada.page)


def test_nothing_is_wider_than_a_phone(new_person: NewPerson) -> None:
    ada = new_person(viewport={"width": 320, "height": 640}, is_mobile=True, has_touch=True)
    ada.page.goto("/")
    ada.log_in("Ada")
    for path in PAGES:
        ada.page.goto(path)
        width = ada.page.evaluate("document.documentElement.scrollWidth")
        assert width <= 320, f"{path} is {width} pixels wide"


def test_without_javascript_the_number_and_names_are_shown_and_the_pause_button_is_not(new_person: NewPerson) -> None:
    ada = new_person(java_script_enabled=False)
    ada.watch()
    expect(ada.count).to_be_visible()
    ada.log_in("Ada")
    expect(ada.count).to_have_text("1 member is online")
    expect(ada.names).to_have_text(["Ada"])
    expect(ada.page.locator(".active-users-live-pause")).to_be_hidden()


def test_every_tag_and_variable_shows_the_same_number(new_person: NewPerson) -> None:
    ada = new_person()
    ada.watch()
    ada.log_in("Ada")
    expect(ada.page.locator(".presence")).to_have_text("1 online")
    expect(ada.page.locator("#variable")).to_have_text("1 neighbour here")
    expect(ada.page.locator("#count")).to_have_text("1 by the lamp")
    expect(ada.page.locator("#list li")).to_have_text(["Ada"])
    ada.page.goto("/members/")
    expect(ada.page.locator(".members li", has_text="here now").get_by_role("heading")).to_have_text(["Ada"])
    answer = ada.context.request.get("active-users-info/").json()
    assert answer["count"] == 1
    assert answer["data"][0]["username"] == "Ada"
