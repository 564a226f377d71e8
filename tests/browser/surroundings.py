"""A page around the live snippet: htmx attributes on its body, a half-typed draft, and a slow request of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Dialog, Request, Route, expect

from tests.browser.person import Person

_SKIP = '<a class="skip"'
_AROUND = """
  <section>
    <textarea id="draft"></textarea>
    <span id="spinner"></span>
    <button id="own" hx-get="/slow/">Slow</button>
  </section>
"""

# Collects what changes outside the snippet. htmx 4 keeps elements next to the body while it swaps.
_WATCH_THE_REST = """() => {
  window.changes = [];
  const pieces = ".active-users-live, .active-users-live-count, .active-users-live-summary, .active-users-live-poll";
  new MutationObserver((records) => {
    for (const { type, target, attributeName } of records) {
      if (target === document.documentElement || target.closest?.(pieces)) continue;
      window.changes.push([type, target.id || target.nodeName, attributeName].filter(Boolean).join(" "));
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
}"""

# What the browser, and htmx 2 too, prints about an answer that is an error.
_ERROR_STATUS = re.compile("Failed to load resource|Response Status Error")

# It does what the extension of that name does, and shows a spinner for each request.
_DEFINE_AN_EXTENSION = """() => window.htmx?.defineExtension?.("loading-states", {
  onEvent(name) {
    if (name === "htmx:beforeRequest") document.querySelector("#spinner").append("…");
  },
})"""

_COUNT_POLLS = """() => {
  window.polls = 0;
  for (const name of ["htmx:afterRequest", "htmx:finally:request"]) {
    document.addEventListener(name, ({ target }) => {
      window.polls += Boolean(target.matches?.(".active-users-live-poll"));
    });
  }
}"""

_MAKE_STALE = """() => {
  for (const count of document.querySelectorAll(".active-users-count")) count.textContent = "stale";
  for (const shown of document.querySelectorAll("[name=shown]")) shown.value = shown.value.replace(/[^:]*$/, "stale");
}"""


class Surroundings:
    """What a visitor sees and does on the page that shows who is online."""

    def __init__(self, person: Person, replacements: Mapping[str, str], *, second_limit: int | None = None) -> None:
        self.person = person
        self.page = page = person.page
        self._second_limit = second_limit
        self._replacements = {_SKIP: _AROUND + _SKIP, **replacements}
        self.dialogs: list[str] = []
        self.polls: list[Request] = []
        self._failed: list[str] = []
        self._held: list[Route] = []
        page.on("dialog", self._answer)
        page.on("request", lambda request: self.polls.append(request) if "active-users-live/?" in request.url else None)
        page.on("requestfailed", lambda request: self._failed.append(request.url))
        page.route("**/online/", self._serve)
        page.route("**/slow/**", self._hold)

    def open(self) -> None:
        """Open the page that shows who is online, type half a sentence, and press a button whose request takes long."""
        self.page.goto("/online/")
        self.page.fill("#draft", "half a sent")
        with self.page.expect_request("**/slow/**"):
            self.page.click("#own")
        self._address, self._title = self.page.url, self.page.title()
        self._history = self.page.evaluate("history.length")
        self.dialogs.clear()
        self.person.problems.clear()
        self.polls.clear()
        self.page.evaluate(_DEFINE_AN_EXTENSION)
        self.page.evaluate(_COUNT_POLLS)
        self.page.evaluate(_WATCH_THE_REST)

    def poll(self, times: int = 1) -> None:
        """Wait for polls, and for what the page does with their answers."""
        for _ in range(times):
            polls = self.page.evaluate("window.polls")
            self.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
            self.page.wait_for_function("polls => window.polls > polls", arg=polls)

    @property
    def snippet(self) -> str:
        """What the snippet shows."""
        return self.page.locator(".active-users-live-content").inner_html()

    def answer_polls_with(self, answer: dict[str, Any] | None) -> None:
        """Have somebody else answer the next polls, or ``None``: the site again."""
        self.page.unroute("**/active-users-live/**")
        if answer is not None:
            self.page.route("**/active-users-live/**", lambda route: route.fulfill(**answer))

    def disturbances(self) -> list[str]:
        """What the polls did to the page and the visitor."""
        page = self.page
        found = [f"changed {change}" for change in dict.fromkeys(page.evaluate("window.changes"))]
        found += [f"asked {message!r}" for message in self.dialogs]
        found += [f"aborted {url}" for url in self._failed if "/slow/" in url]
        if (page.url, page.title()) != (self._address, self._title):
            found.append(f"went to {page.url}, {page.title()!r}")
        if page.evaluate("history.length") != self._history:
            found.append("made history")
        if page.input_value("#draft") != "half a sent":
            found.append("lost the draft")
        return found + [problem for problem in self.person.problems if not _ERROR_STATUS.match(problem)]

    def make_stale(self) -> None:
        """Make the snippets show something that they should not."""
        self.page.evaluate(_MAKE_STALE)

    def renew(self) -> None:
        """Wait until polls have brought the snippets what they should show."""
        self.make_stale()
        self.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(self.person.count.first).to_contain_text("online")

    def leave(self) -> None:
        """Let the slow request end."""
        for route in self._held:
            route.fulfill(status=204)
        self.person.problems.clear()
        self.person.leave()

    def _serve(self, route: Route) -> None:
        answer = route.fetch()
        text = answer.text()
        for old, new in self._replacements.items():
            assert old in text
            text = text.replace(old, new)
        if self._second_limit is not None:
            start, end = text.index('<div class="active-users-live">'), text.index("</script>\n</span>\n</div>") + 24
            second = re.sub("(active-users-live-|live:)12", rf"\g<1>{self._second_limit}", text[start:end])
            text = text[:end] + second + text[end:]
        route.fulfill(response=answer, body=text)

    def _hold(self, route: Route) -> None:
        self._held.append(route)

    def _answer(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.accept()
