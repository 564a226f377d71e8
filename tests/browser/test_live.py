"""The live snippet under a strict Content-Security-Policy, with htmx 2 and htmx 4."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.person import Person
from tests.browser.surroundings import TWO_DUE_POLLS

with_either_htmx = pytest.mark.parametrize("htmx_version", [2, 4], ids=["htmx 2", "htmx 4"])

NewPerson = Callable[..., Person]


def polls_of(page: Page) -> list[Request]:
    """A list that grows with each poll that ``page`` sends."""
    polls: list[Request] = []
    page.on("request", lambda request: polls.append(request) if "active-users-live" in request.url else None)
    return polls


def set_hidden(page: Page, is_hidden: bool) -> None:
    page.evaluate(
        """(isHidden) => {
          Object.defineProperty(document, "hidden", { configurable: true, get: () => isHidden });
          Object.defineProperty(document, "visibilityState", {
            configurable: true,
            get: () => (isHidden ? "hidden" : "visible"),
          });
          document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
        }""",
        is_hidden,
    )


@with_either_htmx
def test_number_and_names_change_with_logins_and_logouts_without_a_reload(new_person: NewPerson) -> None:
    ada, ben = new_person(), new_person()
    ben.watch()
    ada.watch()
    ada.log_in("Ada")
    ada.page.evaluate("window.isStillThisDocument = true")
    expect(ada.count).to_have_text("1 person is online")
    expect(ada.names).to_have_text(["Ada"])

    ben.log_in("Ben")
    ada.read_an_article()
    expect(ada.count).to_have_text("2 people are online")
    expect(ada.names).to_contain_text(["Ada", "Ben"])

    ada.read_an_article()
    ben.read_an_article()
    ben.log_out()
    expect(ada.count).to_have_text("1 person is online")
    expect(ada.names).to_have_text(["Ada"])
    assert ada.page.evaluate("window.isStillThisDocument")


@with_either_htmx
def test_a_hidden_tab_does_not_poll_until_it_is_shown_again_and_then_at_once(new_person: NewPerson) -> None:
    visitor = new_person()
    page = visitor.page
    page.clock.install()
    visitor.watch()
    with page.expect_response("**/active-users-live/**"):
        pass
    set_hidden(page, True)
    polls = polls_of(page)
    page.evaluate(TWO_DUE_POLLS)
    page.clock.pause_at(page.evaluate("Date.now() + 100") / 1000)
    assert polls == []
    with page.expect_response("**/active-users-live/**"):  # at once: the page's clock stands still
        set_hidden(page, False)
    page.clock.resume()
    with page.expect_response("**/active-users-live/**"):
        pass


@with_either_htmx
def test_the_pause_button_stops_the_polls_until_it_is_pressed_again(new_person: NewPerson) -> None:
    visitor = new_person()
    visitor.watch()
    page = visitor.page
    with page.expect_response("**/active-users-live/**"):
        pass
    visitor.pause_button.click()
    expect(visitor.pause_button).to_have_attribute("aria-pressed", "true")
    polls = polls_of(page)
    page.evaluate(TWO_DUE_POLLS)
    assert polls == []
    visitor.pause_button.click()
    expect(visitor.pause_button).to_have_attribute("aria-pressed", "false")
    with page.expect_response("**/active-users-live/**"):
        pass


@with_either_htmx
def test_nothing_on_the_page_changes_while_nobody_comes_or_goes(new_person: NewPerson) -> None:
    visitor = new_person()
    visitor.watch()
    page = visitor.page
    page.evaluate(
        """() => {
          window.changes = 0;
          const observer = new MutationObserver((changes) => (window.changes += changes.length));
          const options = { childList: true, characterData: true, subtree: true };
          observer.observe(document.querySelector(".active-users-live-content"), options);
        }"""
    )
    for _ in range(2):
        with page.expect_response("**/active-users-live/**") as answer:
            pass
        assert answer.value.status == 204
    page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
    assert page.evaluate("window.changes") == 0
    assert page.locator(".active-users-live-pause").is_visible()


def test_people_who_left_or_only_watch_are_inactive_after_the_window(
    new_person: NewPerson, let_the_window_pass: Callable[[], None]
) -> None:
    watcher, ada, ben = new_person(), new_person(), new_person()
    for person in (watcher, ada, ben):
        person.watch()
    ada.log_in("Ada")
    ben.log_in("Ben")
    ada.read_an_article()
    expect(watcher.count).to_have_text("2 people are online")
    expect(watcher.names).to_have_count(0)

    ben.leave()
    let_the_window_pass()
    for _ in range(3):  # polls don't count as activity
        with ada.page.expect_response("**/active-users-live/**"):
            pass
    expect(watcher.count).to_have_text("0 people are online")
    expect(ada.count).to_have_text("0 people are online")
