"""
Chromium, the example site, and people who look at it.

Run these tests separately, because Playwright and the other tests' ``conftest.py`` don't go together:
``pytest tests/browser --confcutdir=tests/browser``
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import redis
from playwright.sync_api import Browser, expect

from example_site.embedded_redis import embedded_redis
from tests.browser.chromium import LAUNCH_ARGUMENTS, find_chromium
from tests.browser.person import Person
from tests.browser.running_site import WINDOW, running_site

# Long enough for a busy machine.
expect.set_options(timeout=60_000)

NO_CHROMIUM = "The browser tests need Chromium, but none was found. Install it, or set CHROMIUM to its path."


def pytest_configure() -> None:
    # Turns SIGTERM into an exit, so that everything that was started is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if find_chromium() is None and os.environ.get("REQUIRE_BROWSER") == "1":
        raise pytest.UsageError(NO_CHROMIUM)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if find_chromium() is None:
        for item in items:
            item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if find_chromium() is None:
        terminalreporter.write_line(f"{NO_CHROMIUM} The tests were skipped.", yellow=True)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_type_launch_args,
        "executable_path": find_chromium(),
        "args": LAUNCH_ARGUMENTS,
        "ignore_default_args": ["--disable-back-forward-cache"],
    }


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with TemporaryDirectory(prefix="browser-") as directory, embedded_redis(Path(directory)) as url:
        yield url


@pytest.fixture(scope="session")
def sites(redis_url: str) -> Iterator[dict[int, str]]:
    """The addresses of two sites, by the version of htmx that each uses."""
    with ExitStack() as stack:
        options = ("--no-visitors", "--settings", "tests.browser.settings")
        yield {
            version: stack.enter_context(running_site(*options, REDIS_URL=redis_url, HTMX_VERSION=str(version))).address
            for version in (2, 4)
        }


@pytest.fixture
def htmx_version() -> int:
    """Tests that depend on htmx parametrize this."""
    return 2


@pytest.fixture
def address(sites: dict[int, str], htmx_version: int) -> str:
    return sites[htmx_version]


@pytest.fixture
def let_the_window_pass(redis_url: str, htmx_version: int) -> Callable[[], None]:
    """Move everybody who has been seen so far out of the window, without waiting for it to pass."""

    def let_it_pass() -> None:
        users = f"{{browser-{htmx_version}:0}}:users"
        with redis.Redis.from_url(redis_url) as client:
            for identity in client.zrange(users, 0, -1):
                client.zincrby(users, -WINDOW * 1000, identity)

    return let_it_pass


@pytest.fixture
def new_person(browser: Browser, address: str) -> Iterator[Callable[..., Person]]:
    """
    Make a person with their own browser profile. Takes the options of Playwright's ``new_context()``.

    Fails the test if a console has shown a warning, an error or a violation of the Content-Security-Policy.
    """
    people: list[Person] = []

    def make(**options: Any) -> Person:
        person = Person(browser.new_context(**{"base_url": address, **options}))
        people.append(person)
        return person

    yield make
    for person in people:
        person.go_home()
    assert [problem for person in people for problem in person.problems] == []
