"""What live pieces do in Firefox and WebKit: updates, a hidden tab, a closed one, going back, and a pause."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser.person import Person
from tests.browser.webdrivers import find_missing, started

# Selenium itself calls what it deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning")

NAMES = ("Firefox", "WebKit")
REFRESH = 1  # seconds, in tests.browser.settings
# The times, in seconds since the page was opened, at which it polled.
POLLS = """return performance.getEntriesByType("resource")
  .filter(({ name }) => name.includes("/active-users-live/")).map(({ startTime }) => startTime / 1000)"""
NOW = "return performance.now() / 1000"


@pytest.fixture(scope="module", params=NAMES)
def driver(request: pytest.FixtureRequest) -> Iterator[Any]:
    missing = find_missing(request.param)
    if missing and os.environ.get("REQUIRE_BROWSER") == "1":
        raise RuntimeError(f"{request.param} cannot be started: {missing} is missing.")
    if missing:
        pytest.skip(f"{request.param} cannot be started: {missing} is missing.")
    with started(request.param) as driver:
        yield driver


@pytest.fixture
def page(driver: Any, address: str) -> Iterator[Any]:
    """A tab in which Ben has logged in and sees who is online."""
    driver.get(f"{address}online/")
    driver.find_element(By.CSS_SELECTOR, 'button[value="Ben"]').click()
    wait(driver, lambda: read(driver, ".account-name") == "Ben")
    yield driver
    driver.get(f"{address}online/")
    driver.execute_script("sessionStorage.clear()")
    driver.find_element(By.CSS_SELECTOR, ".account button").click()
    wait(driver, lambda: not driver.find_elements(By.CSS_SELECTOR, ".account-name"))


def wait(driver: Any, happens: Callable[[], Any]) -> Any:
    return WebDriverWait(driver, 60, poll_frequency=0.1).until(lambda _: happens())


def read(driver: Any, selector: str) -> str:
    return " ".join(
        driver.execute_script("return document.querySelector(arguments[0])?.innerText ?? ''", selector).split()
    )


def shows(driver: Any, text: str) -> None:
    wait(driver, lambda: read(driver, ".active-users-count") == text)


def polls_once_more(driver: Any) -> None:
    before = len(driver.execute_script(POLLS))
    wait(driver, lambda: len(driver.execute_script(POLLS)) > before)


def test_a_page_shows_who_comes_and_who_leaves(page: Any, new_person: Callable[..., Person]) -> None:
    shows(page, "1 member is online")
    ada = new_person()
    ada.watch()
    ada.log_in("Ada")
    shows(page, "2 members are online")
    assert read(page, ".presence") == "2 online"
    ada.log_out()
    shows(page, "1 member is online")


def test_a_hidden_page_sends_nothing_and_asks_once_when_it_is_shown_again(page: Any) -> None:
    polls_once_more(page)
    hidden_at = page.execute_script(NOW)
    page.minimize_window()
    wait(page, lambda: page.execute_script("return document.hidden"))
    time.sleep(5 * REFRESH)
    shown_at = page.execute_script(NOW)
    page.set_window_rect(0, 0, 1000, 800)
    wait(page, lambda: not page.execute_script("return document.hidden"))
    polls_once_more(page)
    polls = page.execute_script(POLLS)
    assert [at for at in polls if hidden_at + REFRESH / 2 < at < shown_at] == []
    assert len([at for at in polls if shown_at <= at < shown_at + REFRESH / 2]) == 1


def test_a_closed_tab_keeps_nobody(
    page: Any, address: str, let_the_window_pass: Callable[[], None], new_person: Any
) -> None:
    first = page.current_window_handle
    page.switch_to.new_window("tab")
    page.get(f"{address}online/")
    wait(page, lambda: page.execute_script(POLLS) or True)
    page.close()
    page.switch_to.window(first)
    page.get("about:blank")
    let_the_window_pass()
    ada = new_person()
    ada.watch()
    ada.log_in("Ada")
    assert ada.names.all_inner_texts() == ["Ada"]
    page.get(f"{address}online/")


def test_going_back_to_a_page_goes_on_with_it(page: Any, new_person: Callable[..., Person]) -> None:
    page.execute_script("window.isTheSame = true; setTimeout(() => document.querySelector('.brand').click())")
    wait(page, lambda: not page.find_elements(By.CSS_SELECTOR, ".active-users-count"))
    ada = new_person()
    ada.watch()
    ada.log_in("Ada")
    page.back()
    shows(page, "2 members are online")
    polls_once_more(page)
    assert page.execute_script("return window.isTheSame === true")


def test_a_paused_page_sends_nothing_until_it_is_resumed_also_after_a_reload(page: Any) -> None:
    button = page.find_element(By.CSS_SELECTOR, ".active-users-live-pause")
    assert read(page, ".active-users-live-pause") == "Pause updates"
    button.click()
    assert read(page, ".active-users-live-pause") == "Resume updates"
    page.refresh()
    assert read(page, ".active-users-live-pause") == "Resume updates"
    time.sleep(4 * REFRESH)
    assert page.execute_script(POLLS) == []
    page.find_element(By.CSS_SELECTOR, ".active-users-live-pause").click()
    polls_once_more(page)
