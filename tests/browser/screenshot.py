"""``python -m tests.browser.screenshot`` renews ``docs/screenshot.png``."""

from __future__ import annotations

import re

from playwright.sync_api import expect, sync_playwright

from tests.browser.chromium import LAUNCH_ARGUMENTS, find_chromium
from tests.browser.person import Person
from tests.browser.running_site import ROOT, running_site


def main() -> None:
    """Take Ada's view of who is online, once enough of the simulated visitors are there."""
    with running_site() as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=LAUNCH_ARGUMENTS)
        ada = Person(browser.new_context(base_url=site.address, viewport={"width": 1200, "height": 800}))
        ada.watch()
        ada.log_in("Ada")
        expect(ada.count).to_have_text(re.compile(r"^[6-9]"), timeout=120_000)
        ada.read_an_article()
        ada.watch()
        card = ada.page.locator(".recipe.card").nth(1).bounding_box() or {"x": 0, "y": 0, "width": 0, "height": 800}
        ada.page.screenshot(
            path=ROOT / "docs" / "screenshot.png",
            full_page=True,
            clip={"x": 0, "y": 0, "width": 1200, "height": card["y"] + card["height"] + 14},
        )
        ada.go_home()
        browser.close()


if __name__ == "__main__":
    main()
