"""What a page believes of its tab: a remote-controlled browser neither hides a tab nor shows a prerendered page."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Page

# A script for a page that is prerendered until ``window.show()`` is called.
PRERENDERED: Final = """
for (const [name, value] of [["prerendering", true], ["hidden", true], ["visibilityState", "hidden"]]) {
  Object.defineProperty(document, name, { configurable: true, get: () => value });
}
window.show = () => {
  for (const name of ["prerendering", "hidden", "visibilityState"]) delete document[name];
  for (const name of ["prerenderingchange", "visibilitychange"]) document.dispatchEvent(new Event(name));
};
"""


def set_hidden(page: Page, is_hidden: bool) -> None:
    """Hide the tab, or show it again."""
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
