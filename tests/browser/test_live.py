"""The live pieces under a strict Content-Security-Policy, with htmx 2 and htmx 4."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.person import Person
from tests.browser.polls import count_polls, sent_polls, settle, stop_the_clock
from tests.browser.visibility import PRERENDERED, set_hidden

pytestmark = pytest.mark.parametrize("htmx_version", [2, 4], ids=["htmx 2", "htmx 4"])

NewPerson = Callable[..., Person]


def watch_by_the_clock(person: Person) -> Page:
    """Open the page that shows who is online. Its clock then stands still; a poll is due every second."""
    page = person.page
    count_polls(page)
    page.clock.install()
    person.watch()
    stop_the_clock(page)
    return page


def test_number_and_names_change_with_logins_and_logouts_without_a_reload(new_person: NewPerson) -> None:
    ada, ben = new_person(), new_person()
    ben.watch()
    ada.watch()
    ada.log_in("Ada")
    ada.page.evaluate("window.isStillThisDocument = true")
    expect(ada.count).to_have_text("1 member is online")
    expect(ada.names).to_have_text(["Ada"])

    ben.log_in("Ben")
    ada.read_an_article()
    expect(ada.count).to_have_text("2 members are online")
    expect(ada.names).to_contain_text(["Ada", "Ben"])

    ada.read_an_article()
    ben.read_an_article()
    ben.log_out()
    expect(ada.count).to_have_text("1 member is online")
    expect(ada.names).to_have_text(["Ada"])
    assert ada.page.evaluate("window.isStillThisDocument")


def test_all_pieces_of_a_page_are_refreshed_by_one_poll_and_agree(new_person: NewPerson) -> None:
    ada, ben = new_person(), new_person()
    ada.watch()
    ada.log_in("Ada")
    ben.page.goto("/")
    with ada.page.expect_response(lambda answer: "active-users-live" in answer.url and answer.status == 200) as answer:
        ben.log_in("Ben")
    assert answer.value.text().count("hx-swap-oob") == 3
    expect(ada.count).to_have_text("2 members are online")
    expect(ada.page.locator(".presence")).to_have_text("2 online")
    assert ada.page.evaluate("document.querySelectorAll('.active-users-live-poll').length") == 3


def test_a_hidden_tab_does_not_poll_until_it_is_shown_again_and_then_once_at_once(new_person: NewPerson) -> None:
    page = watch_by_the_clock(new_person())
    before = len(sent_polls(page))
    page.clock.run_for(1000)
    assert len(sent_polls(page)) == before + 1
    settle(page)
    set_hidden(page, True)
    page.clock.run_for(600_000)
    assert len(sent_polls(page)) == before + 1
    for polls in range(2, 5):
        set_hidden(page, False)
        page.clock.run_for(1)
        assert len(sent_polls(page)) == before + polls
        settle(page)
        page.clock.run_for(500)
        assert len(sent_polls(page)) == before + polls
        set_hidden(page, True)
        page.clock.fast_forward(600_000)  # a timer would be overdue


def test_a_prerendered_page_polls_once_it_is_shown_and_not_before(new_person: NewPerson) -> None:
    visitor = new_person()
    visitor.page.add_init_script(PRERENDERED)
    page = watch_by_the_clock(visitor)
    page.clock.run_for(600_000)
    assert sent_polls(page) == []
    page.evaluate("window.show()")
    page.clock.run_for(500)
    assert sent_polls(page) == [True]


def test_paused_pieces_poll_no_more_also_after_a_reload_until_they_are_resumed(new_person: NewPerson) -> None:
    page = watch_by_the_clock(new_person())
    before = len(sent_polls(page))
    page.get_by_role("button", name="Pause updates").click()
    expect(page.get_by_role("button", name="Pause updates")).to_be_hidden()
    page.clock.run_for(5000)
    assert len(sent_polls(page)) == before

    page.reload()
    expect(page.get_by_role("button", name="Resume updates")).to_be_visible()
    page.clock.run_for(5000)
    assert sent_polls(page) == []
    set_hidden(page, True)
    set_hidden(page, False)
    page.clock.run_for(5000)
    assert sent_polls(page) == []

    page.get_by_role("button", name="Resume updates").press("Enter")
    page.clock.run_for(1)
    assert len(sent_polls(page)) == 1
    expect(page.get_by_role("button", name="Pause updates")).to_be_visible()


def test_a_pause_is_for_one_page_and_one_tab(new_person: NewPerson) -> None:
    visitor = new_person()
    visitor.watch()
    visitor.pause_button.click()
    with visitor.page.expect_response("**/active-users-live/**"):  # here is no button to resume
        visitor.page.goto("/")
    with visitor.context.new_page() as tab, tab.expect_response("**/active-users-live/**"):
        tab.goto("/online/")
    visitor.watch()
    expect(visitor.page.get_by_role("button", name="Resume updates")).to_be_visible()


@pytest.mark.parametrize("has_storage", [True, False])
def test_a_button_elsewhere_replaces_the_pieces_own(new_person: NewPerson, has_storage: bool) -> None:
    visitor = new_person()

    def serve(route: Route) -> None:
        answer = route.fetch()
        html = answer.text()
        start = html.index('<button type="button" class="active-users-live-pause"')
        button = html[start : html.index("</button>", start) + 9]
        route.fulfill(response=answer, body=html.replace("<main", f"<p id='elsewhere'>{button}</p><main"))

    visitor.page.route("**/online/", serve)
    if not has_storage:
        visitor.page.add_init_script(
            "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('', 'SecurityError') } })"
        )
    visitor.watch()
    buttons = visitor.page.locator(".active-users-live-pause:visible")
    expect(buttons).to_have_text("Pause updates", use_inner_text=True)
    visitor.page.locator("#elsewhere button").click()
    expect(buttons).to_have_text("Resume updates", use_inner_text=True)
    visitor.page.locator("#elsewhere button").click()
    expect(buttons).to_have_text("Pause updates", use_inner_text=True)


def test_nothing_on_the_page_changes_while_nobody_comes_or_goes(new_person: NewPerson) -> None:
    visitor = new_person()
    visitor.watch()
    page = visitor.page
    with page.expect_response(lambda answer: "active-users-live/" in answer.url and answer.status == 204):
        pass  # the visitor counts as a guest now
    page.evaluate(
        """() => {
          window.changes = 0;
          const observer = new MutationObserver((changes) => (window.changes += changes.length));
          const options = { childList: true, characterData: true, subtree: true };
          observer.observe(document.body, options);
        }"""
    )
    for _ in range(2):
        with page.expect_response("**/active-users-live/**") as answer:
            pass
        assert answer.value.status == 204
    page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
    assert page.evaluate("window.changes") == 0
    assert page.locator(".active-users-live-pause").is_visible()


def test_no_refresh_is_read_aloud(new_person: NewPerson) -> None:
    visitor = new_person()
    visitor.watch()
    loud = "[aria-live], output, [role=status], [role=alert], [role=log], [role=timer], [role=marquee]"
    assert visitor.page.locator(f":is({loud}):has(.active-users-shown), .active-users-live :is({loud})").count() == 0
