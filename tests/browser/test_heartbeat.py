"""Who reads a page stays active while they have it in view and move now and then. With htmx 2 and htmx 4."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from tests.browser.person import Person
from tests.browser.polls import count_polls, is_settled, sent_polls, settle, stop_the_clock
from tests.waiting import wait_until

pytestmark = pytest.mark.parametrize("htmx_version", [2, 4], ids=["htmx 2", "htmx 4"])

NewPerson = Callable[..., Person]

MINUTE = 60_000


def wait_for_polls(page: Page, times: int = 1) -> None:
    for _ in range(times):
        with page.expect_response("**/active-users-live/**"):
            pass


def requests_of(context: BrowserContext) -> list[Request]:
    """A list that grows with each request of a browser."""
    requests: list[Request] = []
    context.on("request", lambda request: requests.append(request))
    return requests


def test_readers_stay_active_and_who_only_left_a_tab_behind_does_not(
    new_person: NewPerson, let_the_window_pass: Callable[[], None]
) -> None:
    stranger, ada, ben = new_person(), new_person(), new_person()
    stranger.watch()
    for person, name in ((ada, "Ada"), (ben, "Ben")):
        person.watch()
        person.log_in(name)
    expect(stranger.count).to_have_text("2 members are online")

    ben.leave()
    let_the_window_pass()
    expect(ada.count).to_have_text("1 member is online")
    expect(stranger.count).to_have_text("1 member is online")
    expect(stranger.names).to_have_count(0)


def test_a_paused_page_keeps_nobody_active(new_person: NewPerson, let_the_window_pass: Callable[[], None]) -> None:
    stranger, ada = new_person(), new_person()
    count_polls(ada.page)
    stranger.watch()
    ada.watch()
    ada.log_in("Ada")
    ada.pause_button.click()
    wait_until(lambda: is_settled(ada.page))
    let_the_window_pass()
    expect(stranger.count).to_have_text("0 members are online")
    wait_for_polls(stranger.page, 2)
    expect(stranger.count).to_have_text("0 members are online")
    ada.page.get_by_role("button", name="Resume updates").click()
    expect(stranger.count).to_have_text("1 member is online")


def test_who_has_left_the_desk_is_not_there_until_they_move(new_person: NewPerson) -> None:
    """Their tab goes on showing who is online: somebody may look at it from afar."""
    ada = new_person()
    page = ada.page
    count_polls(page)
    page.clock.install()
    ada.watch()
    ada.log_in("Ada")
    stop_the_clock(page)

    def polls_after(milliseconds: int) -> list[bool]:
        before = len(sent_polls(page))
        page.clock.fast_forward(milliseconds)
        page.clock.run_for(1000)
        settle(page)
        return sent_polls(page)[before:]

    page.mouse.move(10, 10)
    assert set(polls_after(4 * MINUTE)) == {True}
    assert set(polls_after(2 * MINUTE)) == {False}
    page.evaluate("window.scrollTo(0, 50); document.body.dispatchEvent(new PointerEvent('pointermove'))")
    assert set(polls_after(2000)) == {False}
    page.evaluate(
        """() => {
          window.acts = 0;
          for (const name of ["pointermove", "wheel", "keydown", "pointerdown"])
            window.addEventListener(name, () => window.acts++);
        }"""
    )
    acts: list[Callable[[], None]] = [
        lambda: page.mouse.move(20, 20),
        lambda: page.mouse.wheel(0, 10),
        lambda: page.keyboard.press("Tab"),
        lambda: page.mouse.click(5, 5),
    ]
    for act in acts:
        page.evaluate("window.acts = 0")
        act()
        wait_until(lambda: bool(page.evaluate("window.acts > 0")))
        assert set(polls_after(2000)) == {True}
        assert set(polls_after(6 * MINUTE)) == {False}


def test_touching_is_moving(new_person: NewPerson) -> None:
    ada = new_person(has_touch=True, is_mobile=True)
    page = ada.page
    count_polls(page)
    page.clock.install()
    ada.watch()
    stop_the_clock(page)
    page.clock.fast_forward(6 * MINUTE)
    settle(page)
    page.touchscreen.tap(5, 5)
    page.clock.run_for(1500)
    assert sent_polls(page)[-1] is True


def test_a_page_with_a_heartbeat_alone_polls_only_while_its_reader_is_there(new_person: NewPerson) -> None:
    ada = new_person()
    page = ada.page
    count_polls(page)

    def serve(route: Route) -> None:
        answer = route.fetch()
        html = answer.text()
        for piece in ("count", "summary"):
            html = html.replace(f'value="{piece}:', 'value="heartbeat:').replace(f"live-{piece}", "live-heartbeat")
        route.fulfill(response=answer, body=html)

    page.route("**/members/", serve)
    page.goto("/")
    ada.log_in("Ada")
    page.clock.install()
    page.goto("/members/")
    stop_the_clock(page)
    before = len(sent_polls(page))
    page.clock.run_for(1000)
    assert sent_polls(page)[before:] == [True]
    settle(page)
    page.clock.fast_forward(6 * MINUTE)
    settle(page)
    before = len(sent_polls(page))
    page.clock.run_for(5000)
    assert len(sent_polls(page)) == before
    page.keyboard.press("Tab")
    page.clock.run_for(1000)
    assert sent_polls(page)[before:] == [True]


@pytest.mark.parametrize("goes_by", ["link", "closing"])
def test_leaving_a_page_sends_nothing(new_person: NewPerson, goes_by: str) -> None:
    ada = new_person()
    page = ada.page
    page.clock.install()
    count_polls(page)
    ada.watch()
    ada.log_in("Ada")
    stop_the_clock(page)
    requests = requests_of(ada.context)
    if goes_by == "link":
        page.get_by_role("link", name="Articles").click()
        page.wait_for_url("**/")
        assert not [request.url for request in requests if "active-users-live/" in request.url]
        assert requests[0].is_navigation_request()
    else:
        other = ada.context.new_page()
        page.close(run_before_unload=True)
        other.goto("about:blank")
        assert not [request.url for request in requests if "active-users-live/" in request.url]
        ada.page = other


def test_a_page_from_the_back_forward_cache_polls_at_once_and_goes_on(new_person: NewPerson) -> None:
    ada = new_person()
    page = ada.page
    count_polls(page)
    ada.watch()
    ada.log_in("Ada")
    page.evaluate("window.isStillThisDocument = true")
    page.get_by_role("link", name="Articles").click()
    page.wait_for_url("**/")
    page.evaluate("history.back()")
    page.wait_for_url("**/online/", wait_until="commit")
    assert page.evaluate("window.isStillThisDocument")
    before = len(sent_polls(page))
    wait_until(lambda: len(sent_polls(page)) >= before + 2)
    assert set(sent_polls(page)) == {True}


def test_two_tabs_in_view_of_one_person_are_one_person(
    new_person: NewPerson, let_the_window_pass: Callable[[], None]
) -> None:
    ada = new_person()
    ada.watch()
    ada.log_in("Ada")
    with ada.context.new_page() as other:
        other.goto("/online/")
        let_the_window_pass()
        for page in (other, ada.page):
            expect(page.locator(".active-users-live .active-users-count")).to_have_text("1 member is online")
            wait_for_polls(page)
    expect(ada.count).to_have_text("1 member is online")


def test_a_logout_in_one_tab_ends_it_in_the_other(new_person: NewPerson) -> None:
    stranger, ada = new_person(), new_person()
    stranger.watch()
    ada.watch()
    ada.log_in("Ada")
    with ada.context.new_page() as other:
        other.goto("/online/")
        expect(other.locator(".active-users-list li")).to_have_text(["Ada"] * 2)
        ada.log_out()
        expect(other.locator(".active-users-live .active-users-count")).to_have_text("0 members are online")
        expect(other.locator(".active-users-live li")).to_have_count(0)
        wait_for_polls(other, 3)
    expect(stranger.count).to_have_text("0 members are online")
