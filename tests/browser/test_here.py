"""Who reads an article sees how many others do, however they come and leave. With htmx 2 and htmx 4."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.person import Person
from tests.browser.visibility import PRERENDERED, set_hidden

pytestmark = pytest.mark.parametrize("htmx_version", [2, 4], ids=["htmx 2", "htmx 4"])

NewPerson = Callable[..., Person]

SIX_MINUTES = 6 * 60 * 1000
# Articles.
FIRST, SECOND = 0, 1


def open_article(page: Page, number: int) -> None:
    page.goto("/")
    page.locator("h3 a").nth(number).click()
    expect(page.locator(".active-users-live-here")).to_be_attached()


def sees_readers(person: Person, number: int, message: str | None = None) -> None:
    text = "1 person is reading this" if number == 1 else f"{number} people are reading this"
    expect(person.page.locator(".active-users-live-here"), message).to_have_text(text)


class Readers(NamedTuple):
    """Two members and a guest."""

    ada: Person
    ben: Person
    guest: Person


@pytest.fixture
def readers(new_person: NewPerson) -> Readers:
    """Ada and the guest read the first article, and Ben the second."""
    readers = Readers(new_person(), new_person(), new_person())
    for person, name in ((readers.ada, "Ada"), (readers.ben, "Ben")):
        person.page.clock.install()
        person.page.goto("/")
        person.log_in(name)
    for person, number in zip(readers, (FIRST, SECOND, FIRST), strict=True):
        open_article(person.page, number)
    for person, number in zip(readers, (2, 1, 2), strict=True):
        sees_readers(person, number)
    return readers


def follow_a_link(page: Page) -> None:
    page.evaluate("window.isStillThisDocument = true")
    page.get_by_role("link", name="Members").click()
    page.wait_for_url("**/members/")


def go_back(page: Page) -> None:
    page.evaluate("history.back()")
    page.wait_for_url("**/articles/**", wait_until="commit")
    assert page.evaluate("window.isStillThisDocument")


def pause(page: Page) -> None:
    """There is no button on the page of an article, so this is as if there had been one."""
    page.evaluate("sessionStorage.setItem(`active-users-paused:${location.pathname}`, '')")


def resume(page: Page) -> None:
    page.evaluate("sessionStorage.clear()")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


# How somebody leaves a page, and how they come back to it.
WAYS: dict[str, tuple[Callable[[Page], None], Callable[[Page], None]]] = {
    "clicks on and goes back": (follow_a_link, go_back),
    "hides the tab": (lambda page: set_hidden(page, True), lambda page: set_hidden(page, False)),
    "pauses": (pause, resume),
    "leaves the desk": (lambda page: page.clock.fast_forward(SIX_MINUTES), lambda page: page.mouse.move(7, 7)),
}


def test_who_leaves_is_no_reader_until_they_are_back(readers: Readers) -> None:
    ada, ben, guest = readers
    for way, (leave, come_back) in WAYS.items():
        leave(ada.page)
        sees_readers(guest, 1, way)
        sees_readers(ben, 1, way)
        come_back(ada.page)
        for person in (guest, ada):
            sees_readers(person, 2, way)


def test_who_closes_the_tab_or_opens_another_article_is_no_reader(readers: Readers) -> None:
    ada, ben, guest = readers
    open_article(ben.page, FIRST)
    for person in readers:
        sees_readers(person, 3)
    guest.page.close()
    for person in (ada, ben):
        sees_readers(person, 2)
    guest.page = guest.context.new_page()
    open_article(ben.page, SECOND)
    sees_readers(ben, 1)
    sees_readers(ada, 1)


def test_a_prerendered_article_has_no_reader_until_it_is_shown(readers: Readers) -> None:
    ada, ben, guest = readers
    guest.page.add_init_script(PRERENDERED)
    open_article(guest.page, SECOND)
    sees_readers(ada, 1)
    sees_readers(ben, 1)
    guest.page.evaluate("window.show()")
    for person in (ben, guest):
        sees_readers(person, 2)


def test_who_has_two_articles_in_view_reads_the_one_that_they_opened_last(readers: Readers) -> None:
    ada, ben, guest = readers
    with ada.context.new_page() as other:
        open_article(other, SECOND)
        sees_readers(ben, 2)
        sees_readers(guest, 1)
        for _ in range(4):
            with ada.page.expect_response("**/active-users-live/**"):
                pass
        sees_readers(ben, 2)
        sees_readers(guest, 1)
    sees_readers(guest, 2)
    sees_readers(ben, 1)


@pytest.mark.parametrize("was_paused", [False, True], ids=["", "from a paused page"])
def test_a_boosted_link_opens_an_article_as_any_other(readers: Readers, was_paused: bool) -> None:
    """htmx replaces the body, and the script of the page before goes on."""
    ada, ben, guest = readers
    page = ada.page

    def boost(route: Route) -> None:
        answer = route.fetch()
        body = '<body hx-boost="true" hx-boost:inherited="true" hx-target="body" hx-target:inherited="body">'
        route.fulfill(response=answer, body=answer.text().replace("<body>", body))

    def is_poll(request: Request) -> bool:
        return "active-users-live/" in request.url and request.headers["hx-current-url"] == ben.page.url

    page.route("**/articles/**", boost)
    open_article(page, FIRST)
    with page.expect_response("**/active-users-live/**"):  # htmx has started
        page.evaluate("window.isStillThisDocument = true")
    if was_paused:
        pause(page)
        sees_readers(guest, 1)
    with page.expect_request(is_poll) as first:
        page.get_by_role("navigation", name="Read on").get_by_role("link").first.click()
    with page.expect_request(is_poll) as second:
        pass
    presence = [poll.value.headers["active-users-present"] for poll in (first, second)]
    assert presence == ["opened", "true"]
    sees_readers(ben, 2)
    sees_readers(ada, 2)
    sees_readers(guest, 1)
    assert page.evaluate("window.isStillThisDocument")
