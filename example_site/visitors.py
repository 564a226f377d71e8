"""
Simulated visitors: the regulars come, log in, click around, and log out or just leave.

They use the site over HTTP, as people with browsers do: they follow links, keep cookies and send forms.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from http.cookiejar import CookieJar
from random import SystemRandom
from urllib.error import URLError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, OpenerDirector, ProxyHandler, build_opener

from example_site.members import Member

_random = SystemRandom()

_ARTICLE_LINK = re.compile(r'href="(/articles/[^"]+)"')
_CSRF_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Browser:
    """Looks at one page at a time, and remembers cookies until it is closed."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.page = ""
        self._opener = self._open_new_window()

    def open(self, path: str) -> None:
        with self._opener.open(urljoin(self.address, path), timeout=10) as response:
            self.page = response.read().decode()

    def press(self, path: str, **fields: str) -> None:
        """Send a form of the current page."""
        token = _CSRF_TOKEN.search(self.page)
        form = urlencode({"csrfmiddlewaretoken": token[1] if token else "", **fields})
        with self._opener.open(urljoin(self.address, path), data=form.encode(), timeout=10) as response:
            self.page = response.read().decode()

    def close(self) -> None:
        """Forget the cookies without logging out, so the person counts until the window has passed."""
        self._opener = self._open_new_window()

    def _open_new_window(self) -> OpenerDirector:
        opener = build_opener(HTTPCookieProcessor(CookieJar()), ProxyHandler({}))
        opener.addheaders = [("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Simulated/1.0")]
        return opener


class Visitor(threading.Thread):
    """One of the regulars, until ``is_over`` is set."""

    def __init__(self, member: Member, address: str, is_over: threading.Event, *, first_after: float) -> None:
        super().__init__(name=f"visitor {member.name}", daemon=True)
        self.member = member
        self.browser = Browser(address)
        self.is_over = is_over
        self.first_after = first_after

    def run(self) -> None:
        self.is_over.wait(self.first_after)
        while not self.is_over.is_set():
            try:
                self._visit()
            except (URLError, HTTPException, OSError):  # the site is stopping or busy: come back later
                self.browser.close()
            self._do_something_else(10, 40)

    def _visit(self) -> None:
        self.browser.open("/")
        self._do_something_else(0.5, 2)
        self.browser.open("/log-in/")
        self.browser.press("/log-in/", username=self.member.name, next="/")
        for _ in range(_random.randint(2, 6)):
            self._do_something_else(2, 9)
            if self.is_over.is_set():
                return
            self.browser.open(_random.choice([*_ARTICLE_LINK.findall(self.browser.page), "/", "/members/"]))
        self._do_something_else(2, 6)
        if _random.random() < 0.5:
            self.browser.press("/log-out/", next="/")
        self.browser.close()

    def _do_something_else(self, least: float, most: float) -> None:
        self.is_over.wait(_random.uniform(least, most))


@contextmanager
def visiting(members: Sequence[Member], address: str) -> Iterator[None]:
    """Make ``members`` come and go inside the block: some arrive at once, the rest one by one."""
    is_over = threading.Event()
    visitors = [
        Visitor(member, address, is_over, first_after=position * 0.5 if position < 3 else position * 4)
        for position, member in enumerate(members)
    ]
    for visitor in visitors:
        visitor.start()
    try:
        yield
    finally:
        is_over.set()
        for visitor in visitors:
            visitor.join()
