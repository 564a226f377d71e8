"""Somebody who clicks through a site with speculation rules stays active, although a click requests nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from playwright.sync_api import Browser, expect

from tests.browser.person import Person
from tests.browser.running_site import WINDOW, running_site
from tests.browser.speculating import PAGES
from tests.waiting import wait_until

USERS = "{speculating:0}:users"


@pytest.fixture(scope="module")
def site(redis_url: str) -> Iterator[str]:
    options = ("--no-visitors", "--settings", "tests.browser.speculating_settings")
    with running_site(*options, REDIS_URL=redis_url) as site:
        yield site.address


@pytest.mark.parametrize("action", ["prefetch", "prerender"])
@pytest.mark.parametrize("eagerness", ["immediate", "moderate", "conservative"])
def test_somebody_who_clicks_from_page_to_page_stays_active(
    browser: Browser, site: str, redis_url: str, action: str, eagerness: str
) -> None:
    ada = Person(browser.new_context(base_url=site))
    ada.page.goto("/")
    ada.log_in("Ada")
    with redis.Redis.from_url(redis_url) as client:

        def is_active() -> bool:
            seconds, _ = client.time()
            return bool(client.zcount(USERS, (seconds - WINDOW) * 1000, "+inf") == 1)

        ada.page.goto(f"/walk/{action}/{eagerness}/1/")
        for number in range(2, PAGES):
            wait_until(is_active)
            for identity in client.zrange(USERS, 0, -1):  # the window passes
                client.zincrby(USERS, -WINDOW * 1000, identity)
            ada.page.get_by_role("link", name="Next").click()
            expect(ada.page.get_by_role("heading")).to_have_text(f"Page {number}")
            expect(ada.page.locator("#purpose")).to_contain_text("prefetch")
        wait_until(is_active)
    ada.go_home()
    assert ada.problems == []
