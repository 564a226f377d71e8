"""Who reads an article sees how many others do, as they come, move on, and close it. With htmx 2 and htmx 4."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.person import Person

pytestmark = pytest.mark.parametrize("htmx_version", [2, 4], ids=["htmx 2", "htmx 4"])


def _readers(page: Page) -> Locator:
    return page.locator(".active-users-live-here")


def _open_article(person: Person, number: int = 0) -> None:
    person.page.goto("/")
    person.page.locator("h3 a").nth(number).click()
    expect(_readers(person.page)).to_be_attached()


def test_readers_see_each_other_come_and_go(new_person: Callable[..., Person]) -> None:
    ada, ben = new_person(), new_person()
    for person, name in ((ada, "Ada"), (ben, "Ben")):
        person.page.goto("/")
        person.log_in(name)
    _open_article(ada)
    expect(_readers(ada.page)).to_have_text("1 person is reading this")
    _open_article(ben)
    for one in (ada, ben):
        expect(_readers(one.page)).to_have_text("2 people are reading this")
    _open_article(ben, 1)
    expect(_readers(ben.page)).to_have_text("1 person is reading this")
    expect(_readers(ada.page)).to_have_text("1 person is reading this")
