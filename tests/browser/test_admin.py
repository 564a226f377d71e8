"""The admin's page of active users: it looks at home, obeys a strict policy, refreshes itself, and asks first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from tests.browser.person import Person
from tests.browser.running_site import running_site

NewPerson = Callable[..., Person]

PAGE = "/admin/active_users/activeuser/"


@pytest.fixture(scope="module")
def admin_address(redis_url: str) -> Iterator[str]:
    options = ("--no-visitors", "--settings", "tests.browser.admin_settings")
    with running_site(*options, REDIS_URL=redis_url) as site:
        yield site.address


@pytest.fixture
def address(admin_address: str) -> str:
    return admin_address


@pytest.fixture
def new_editor(new_person: NewPerson) -> NewPerson:
    """Somebody who may do everything, on the page."""

    def make(**options: object) -> Person:
        editor = new_person(**options)
        editor.context.route("**/favicon.ico", lambda route: route.fulfill(status=204))  # the admin has none
        editor.page.goto("/")
        editor.log_in("Ada")
        editor.page.goto(PAGE)
        return editor

    return make


def _arrive(person: Person, name: str) -> None:
    """Log in, and read an article."""
    person.page.goto("/")
    person.log_in(name)
    person.page.goto("/articles/a-letter-about-margins/")
    expect(person.page.locator(".active-users-live-here")).to_contain_text("reading this")


def _check(page: Page, width: int) -> None:
    results = Axe().run(page, context="#content")
    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") == width


def _number(page: Page, label: str) -> str:
    return page.locator(".active-users-figures > div", has_text=label).locator("dd").inner_text().split()[0]


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_it_looks_at_home_on_every_screen(
    new_person: NewPerson, new_editor: NewPerson, color_scheme: Literal["light", "dark"], width: int
) -> None:
    _arrive(new_person(), "Ben")
    ada = new_editor(color_scheme=color_scheme, viewport={"width": width, "height": 800})
    page = ada.page
    expect(page.get_by_role("rowheader", name="Ben")).to_be_visible()
    expect(page.get_by_role("rowheader", name="/articles/a-letter-about-margins/")).to_be_visible()
    _check(page, width)
    page.get_by_role("link", name="Forget Ben").click()
    expect(page.get_by_role("heading", name="Forget an active user")).to_be_visible()
    _check(page, width)


def test_it_refreshes_itself_and_keeps_the_focus(new_person: NewPerson, new_editor: NewPerson) -> None:
    ada, ben = new_editor(), new_person()
    forget_ada = ada.page.get_by_role("link", name="Forget Ada")
    forget_ada.focus()
    _arrive(ben, "Ben")
    expect(ada.page.get_by_role("rowheader", name="Ben")).to_be_visible()
    expect(forget_ada).to_be_focused()
    expect(ada.page.get_by_role("button", name="Pause updates")).to_be_visible()
    assert _number(ada.page, "Members online") == "2"
    ben.log_out()
    expect(ada.page.get_by_role("rowheader", name="Ben")).to_have_count(0)
    assert _number(ada.page, "Members online") == "1"
    assert int(_number(ada.page, "Most ever online")) >= 2


def test_forgetting_asks_first(new_person: NewPerson, new_editor: NewPerson) -> None:
    ada, ben = new_editor(), new_person()
    _arrive(ben, "Ben")
    ben.page.goto("about:blank")
    page = ada.page
    page.get_by_role("link", name="Forget Ben").click()
    page.get_by_role("button", name="No, take me back").click()
    page.get_by_role("link", name="Forget Ben").click()
    page.get_by_role("button", name="Yes, forget them").click()
    expect(page.locator(".messagelist")).to_contain_text("Ben")
    expect(page.get_by_role("rowheader", name="Ben")).to_have_count(0)
    page.goto("/admin/")
    expect(page.locator(".actionlist")).to_contain_text("Ben")


def test_without_javascript_it_shows_and_forgets(new_person: NewPerson, new_editor: NewPerson) -> None:
    _arrive(new_person(), "Ben")
    page = new_editor(java_script_enabled=False).page
    expect(page.get_by_role("button", name="Pause updates")).to_have_count(0)
    page.get_by_role("link", name="Forget Ben").click()
    page.get_by_role("button", name="Yes, forget them").click()
    expect(page.get_by_role("rowheader", name="Ben")).to_have_count(0)


def test_the_list_of_users_shows_who_is_online(new_editor: NewPerson) -> None:
    page = new_editor().page
    page.goto("/admin/auth/user/?online=yes")
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    expect(page.locator("td.field-active_users_online img")).to_have_attribute("alt", "True")


def test_a_longer_word_for_forget_does_not_widen_the_page_on_a_phone(new_editor: NewPerson) -> None:
    page = new_editor(viewport={"width": 320, "height": 640}).page
    word = page.locator(".deletelink span").first
    expect(word).to_be_attached()
    word.evaluate("(element) => element.textContent = 'Vergessenheit'")
    assert page.evaluate("document.documentElement.scrollWidth") == 320
