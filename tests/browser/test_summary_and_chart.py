"""The forum line, the chart and the stylesheet, on a page with every piece under a strict Content-Security-Policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from tests.browser.person import Person
from tests.browser.running_site import running_site

LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "forced colours": {"forced_colors": "active"},
    "phone": {"viewport": {"width": 320, "height": 640}},
}


@pytest.fixture(scope="module")
def site(redis_url: str) -> Iterator[str]:
    options = ("--no-visitors", "--settings", "tests.browser.pieces_settings")
    with running_site(*options, REDIS_URL=redis_url) as site:
        yield site.address


@pytest.fixture
def people(browser: Browser, site: str, redis_url: str) -> Iterator[list[Person]]:
    """Ada and Ben are logged in, and a guest has opened the page. They are gone when the next test begins."""
    people = [Person(browser.new_context(base_url=site)) for _ in range(3)]
    for person, name in zip(people, ("Ada", "Ben", ""), strict=True):
        if name:
            person.page.goto("/")
            person.log_in(name)
        person.page.goto("/every-piece/styled/en/")
    yield people
    for person in people:
        person.go_home()
    with redis.Redis.from_url(redis_url) as client:
        client.delete(*(f"{{every-piece:0}}:{name}" for name in ("users", "guests", "record", "history")))
    assert [problem for person in people for problem in person.problems] == []


def summary(page: Page) -> Any:
    return page.locator(".active-users-summary")


NOW = re.compile(r"3 people online: 2 members and 1 guest, in the last 60 minutes\.\s*Most ever online: 3, on ")


def test_the_line_says_who_comes_and_agrees_with_the_other_pieces(people: list[Person]) -> None:
    for person in people:
        expect(summary(person.page)).to_have_text(NOW)
        expect(person.page.locator("#number")).to_contain_text("3 online")  # the example site counts guests there
        expect(person.page.locator(".active-users-count")).to_have_text("2 members are online")
    people[1].page.goto("/")
    people[1].log_out()
    expect(summary(people[0].page)).to_contain_text("2 people online: 1 member and 1 guest,")
    expect(summary(people[0].page)).to_contain_text("Most ever online: 3, on ")
    expect(people[0].page.locator("#number")).to_contain_text("2 online")


def test_the_chart_and_its_table_show_the_record_of_the_line(people: list[Person]) -> None:
    ada = people[0]
    expect(summary(ada.page)).to_have_text(NOW)
    ada.page.reload()
    for chart in ada.page.locator(".active-users-chart").all():
        expect(chart.get_by_role("img").locator("desc")).to_contain_text(", is 3. Where there is a gap")
        chart.get_by_text("Show the numbers as a table").click()
        highest = chart.get_by_role("row").filter(has=ada.page.get_by_role("cell", name="3", exact=True))
        expect(highest.get_by_role("cell")).to_have_text(["3", "2", "1"])


@pytest.mark.parametrize("look", LOOKS)
def test_every_piece_reads_well(browser: Browser, site: str, people: list[Person], look: str) -> None:
    expect(summary(people[0].page)).to_have_text(NOW)
    visitor = Person(browser.new_context(base_url=site, **LOOKS[look]))
    for path in ("styled/en", "styled/ar", "bare/en"):
        visitor.page.goto(f"/every-piece/{path}/")
        expect(visitor.page.locator(".active-users-live-pause").first).to_be_visible()
        for details in visitor.page.locator("details").all():
            details.locator("summary").click()
        results = Axe().run(visitor.page)
        assert results.violations_count == 0, results.generate_report()
        wide = visitor.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, path
    visitor.go_home()
    assert visitor.problems == []


@pytest.mark.parametrize("language", ["de", "es", "fr", "ru"])
def test_the_words_of_each_language_fit_a_phone(
    browser: Browser, site: str, people: list[Person], language: str
) -> None:
    expect(summary(people[0].page)).to_have_text(NOW)
    visitor = Person(browser.new_context(base_url=site, **LOOKS["phone"]))
    visitor.page.goto(f"/every-piece/styled/{language}/")
    expect(visitor.page.locator(".active-users-live-pause").first).to_be_visible()
    for details in visitor.page.locator("details").all():
        details.locator("summary").click()
    assert visitor.page.locator("thead th").count() == 8
    assert visitor.page.evaluate("document.documentElement.scrollWidth") == 320
    visitor.go_home()
    assert visitor.problems == []


def test_while_nothing_is_known_nobody_sees_a_zero(browser: Browser, site: str, redis_url: str) -> None:
    visitor = Person(browser.new_context(base_url=site, java_script_enabled=False))
    with redis.Redis.from_url(redis_url) as client:
        client.set("{every-piece:0}:users", "not ours")
        visitor.page.goto("/every-piece/styled/en/")
        client.delete("{every-piece:0}:users")
    expect(summary(visitor.page)).to_have_text("It is not known right now how many people are online.")
    visitor.go_home()
    assert visitor.problems == []
