"""
Simulated visitors: the regulars come, log in, click around, and log out or just leave. Passers-by read an article.

They use the site over HTTP, as people with browsers do: they follow links, keep cookies, send forms, and poll for the
live pieces of the page that they look at.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from http.cookiejar import CookieJar
from itertools import cycle
from random import SystemRandom
from urllib.error import URLError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, OpenerDirector, ProxyHandler, Request, build_opener

from example_site.members import Member

_random = SystemRandom()

_ARTICLE_LINK = re.compile(r'href="(/articles/[^"]+)"')
_CSRF_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_LIVE_URL = re.compile(r'hx-get="([^"]+)"')
_SHOWN = re.compile(r'name="shown" value="([^"]+)"')

_POLL_SECONDS = 2  # ACTIVE_USERS_REFRESH_SECONDS of the site

_USER_AGENTS = cycle(
    f"Mozilla/5.0 ({rest}"
    for rest in (
        "Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
        "Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
        "X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    )
)


class Browser:
    """Looks at one page at a time, and remembers cookies until it is closed."""

    def __init__(self, site: str, address: str) -> None:
        self.site = site
        self.page = ""
        # The site trusts the proxy that it believes us to be, so that not everybody comes from one address.
        self._headers = {"User-Agent": next(_USER_AGENTS), "X-Forwarded-For": address}
        self._opener = self._open_new_window()
        self._shown: dict[str, str] = {}
        self._ticket = ""

    def open(self, path: str) -> None:
        self._show(self._request(path))

    def press(self, path: str, **fields: str) -> None:
        """Send a form of the current page."""
        token = _CSRF_TOKEN.search(self.page)
        form = urlencode({"csrfmiddlewaretoken": token[1] if token else "", **fields})
        self._show(self._request(path, data=form.encode()))

    def poll(self) -> None:
        """What the script of the live pieces does while somebody looks at the page."""
        url = _LIVE_URL.search(self.page)
        if url is None:
            return
        query = urlencode({"shown": list(self._shown.values())}, doseq=True)
        headers = {"Active-Users-Present": "true" if self._ticket else "opened", "Active-Users": self._ticket}
        response = self._request(f"{url[1]}?{query}", headers=headers)
        self._ticket = response.headers["Active-Users"]
        self._remember(response.read().decode())

    def close(self) -> None:
        """Forget the cookies without logging out, so the person counts until the window has passed."""
        self._opener = self._open_new_window()

    def _show(self, response: HTTPResponse) -> None:
        self.page = response.read().decode()
        self._shown, self._ticket = {}, ""
        self._remember(self.page)

    def _remember(self, html: str) -> None:
        self._shown |= {shown.rpartition(":")[0]: shown for shown in _SHOWN.findall(html)}

    def _request(self, path: str, data: bytes | None = None, headers: Mapping[str, str] = {}) -> HTTPResponse:
        request = Request(urljoin(self.site, path), data, {**self._headers, **headers})  # noqa: S310 - of our own site
        response: HTTPResponse = self._opener.open(request, timeout=10)
        return response

    def _open_new_window(self) -> OpenerDirector:
        return build_opener(HTTPCookieProcessor(CookieJar()), ProxyHandler({}))


class Visitor(threading.Thread):
    """Somebody who comes again and again until ``is_over`` is set: one of the regulars, or a passer-by."""

    def __init__(
        self, member: Member | None, browser: Browser, is_over: threading.Event, *, first_after: float
    ) -> None:
        super().__init__(name="passer-by" if member is None else f"visitor {member.name}", daemon=True)
        self.member = member
        self.browser = browser
        self.is_over = is_over
        self.first_after = first_after

    def run(self) -> None:
        self.is_over.wait(self.first_after)
        while not self.is_over.is_set():
            try:
                self._visit()
            except (URLError, HTTPException, OSError):  # the site is stopping or busy: come back later
                self.browser.close()
            self.is_over.wait(_random.uniform(10, 40))

    def _visit(self) -> None:
        self.browser.open("/")
        self._read(0.5, 2)
        if self.member is not None:
            self.browser.open("/log-in/")
            self.browser.press("/log-in/", username=self.member.name, next="/")
        for _ in range(_random.randint(2, 6)):
            if self.is_over.is_set():
                return
            pages = [*_ARTICLE_LINK.findall(self.browser.page), "/"] + ["/members/"] * (self.member is not None)
            self.browser.open(_random.choice(pages))
            self._read(2, 20)
        if self.member is not None and _random.random() < 0.5:
            self.browser.press("/log-out/", next="/")
        self.browser.close()

    def _read(self, least: float, most: float) -> None:
        """Look at the page for a while, during which it polls, the first time after a second."""
        until, pause = time.monotonic() + _random.uniform(least, most), 1.0
        while (left := until - time.monotonic()) > 0 and not self.is_over.wait(min(pause, left)):
            if left > pause:
                self.browser.poll()
            pause = _POLL_SECONDS


@contextmanager
def visiting(members: Sequence[Member], site: str, *, passers_by: int = 6) -> Iterator[None]:
    """Make ``members`` and others come and go inside the block: some arrive at once, the rest one by one."""
    is_over = threading.Event()
    everybody = [*members, *[None] * passers_by]
    visitors = [
        Visitor(
            member,
            Browser(site, f"203.0.113.{position + 1}"),  # of a network that is reserved for examples
            is_over,
            first_after=position * 0.5 if position < 3 else position * 3,
        )
        for position, member in enumerate(everybody)
    ]
    for visitor in visitors:
        visitor.start()
    try:
        yield
    finally:
        is_over.set()
        for visitor in visitors:
            visitor.join()
