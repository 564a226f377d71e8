"""A person who looks at the example site."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Locator, expect

# Playwright injects this, so the page's policy does not block it.
_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} forbids ${event.blockedURI}`);
});
"""


class Person:
    """A person with their own browser profile and one open tab. ``problems`` collects what their console shows."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.problems: list[str] = []
        context.on(
            "console",
            lambda message: self.problems.append(message.text) if message.type in ("error", "warning") else None,
        )
        context.on("weberror", lambda error: self.problems.append(str(error.error)))
        context.add_init_script(_REPORT_VIOLATIONS)
        self.page = context.new_page()
        self.is_logged_in = False

    @property
    def count(self) -> Locator:
        return self.page.locator(".active-users-live .active-users-count")

    @property
    def names(self) -> Locator:
        return self.page.locator(".active-users-live .active-users-list li")

    @property
    def pause_button(self) -> Locator:
        return self.page.get_by_role("button", name="Pause updates")

    def watch(self) -> None:
        """Open the page that shows who is online."""
        self.page.goto("/online/")

    def log_in(self, name: str) -> None:
        """Press the button for ``name`` on the current page."""
        self.page.get_by_role("button", name=f"Log in as {name}", exact=True).first.click()
        expect(self.page.locator(".account-name")).to_have_text(name)
        self.is_logged_in = True

    def log_out(self) -> None:
        self.page.get_by_role("button", name="Log out").click()
        expect(self.page.get_by_role("link", name="Log in")).to_be_visible()
        self.is_logged_in = False

    def read_an_article(self) -> None:
        """Make a request that counts, outside the tab, so that the current page stays as it is."""
        assert self.context.request.get("articles/a-letter-about-margins/").ok

    def leave(self) -> None:
        """Close the browser without logging out."""
        self.context.close()
        self.is_logged_in = False

    def go_home(self) -> None:
        """Log out and close the browser, so that the person is inactive when the next test begins."""
        if self.is_logged_in:
            self.page.goto("/")
            self.log_out()
        self.context.close()
