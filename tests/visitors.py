"""People who click around on a site over real HTTP."""

from __future__ import annotations

import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.cookiejar import CookieJar


class Visitor:
    """A browser with cookies, over real HTTP."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.cookies = CookieJar()
        self.received = Message()
        handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies)]
        self._opener = urllib.request.build_opener(*handlers)

    def get(self, path: str, **headers: str) -> str:
        """The text of a page, whose headers are ``received`` then."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.address + path, headers=sent)  # noqa: S310 - the test's own site
        with self._opener.open(request, timeout=60) as response:
            text: str = response.read().decode()
            self.received = response.headers
            return text.strip()


@dataclass
class Traffic:
    """What people saw while they clicked around."""

    visits: int = 0
    mistakes: list[str] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)


PAGES = {"/plain": r"plain", "/aplain": r"plain", "/greet": r"hello p\d+", "/count": r"\d*", "/acount": r"\d*"}


@contextmanager
def traffic(address: str, *, people: int = 4) -> Iterator[Traffic]:
    """People click around during the block. Every page must be what its view returns, whatever happens to Redis."""
    seen = Traffic()

    def click(number: int) -> None:
        try:
            visitor = Visitor(address)
            visitor.get(f"/login/p{number}")
            while not seen.is_over.is_set():
                for path, expected in PAGES.items():
                    text = visitor.get(path)
                    seen.visits += 1
                    if not re.fullmatch(expected, text):
                        seen.mistakes.append(f"{path}: {text}")
                    seen.is_over.wait(0.01)
        except (OSError, urllib.error.URLError) as error:
            seen.mistakes.append(repr(error))

    threads = [threading.Thread(target=click, args=[number]) for number in range(people)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        seen.is_over.set()
        for thread in threads:
            thread.join()
    assert seen.mistakes == []
    assert seen.visits > 0
