"""The polls that a page sends, counted in the page, so that a test with a page's emulated clock knows all of them."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Page

from tests.waiting import wait_until

# htmx triggers these on the polling element just before it sends.
_COUNT: Final = """
window.sentPolls = [];
window.answeredPolls = 0;
for (const name of ["htmx:beforeRequest", "htmx:before:request"]) {
  window.addEventListener(name, ({ target, defaultPrevented, detail }) => {
    if (!target.matches?.(".active-users-live-poll") || defaultPrevented) return;
    const { headers } = detail.ctx?.request ?? detail.requestConfig;
    window.sentPolls.push("Active-Users-Present" in headers);
  });
}
for (const name of ["htmx:afterRequest", "htmx:finally:request"]) {
  window.addEventListener(name, ({ target }) => {
    window.answeredPolls += Boolean(target.matches?.(".active-users-live-poll"));
  });
}
"""


def count_polls(page: Page) -> None:
    """Count the polls of each document that ``page`` loads from now on."""
    page.add_init_script(_COUNT)


def stop_the_clock(page: Page) -> None:
    """Let the page's clock, which is an emulated one, stand still, and let its polls end."""
    page.clock.pause_at(page.evaluate("Date.now() + 10000") / 1000)
    settle(page)


def settle(page: Page) -> None:
    """Wait until no poll is in flight. htmx needs a little time of the page's clock to end one."""

    def is_settled_in_a_moment() -> bool:
        page.clock.run_for(1)
        return is_settled(page)

    wait_until(is_settled_in_a_moment)


def is_settled(page: Page) -> bool:
    """Whether no poll is in flight."""
    return bool(page.evaluate("window.sentPolls.length <= window.answeredPolls"))


def sent_polls(page: Page) -> list[bool]:
    """Whether each poll of the document so far said that its reader is there."""
    found: list[bool] = page.evaluate("window.sentPolls")
    return found
