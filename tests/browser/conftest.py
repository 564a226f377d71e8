"""
Chromium, the example site, and people who look at it.

Run apart from the other tests, whose ``conftest.py`` is not this one's:
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
from playwright.sync_api import Browser

from example_site.embedded_redis import embedded_redis
from tests.browser.chromium import LAUNCH_ARGUMENTS, find_chromium
from tests.browser.person import Person
from tests.browser.running_site import running_site

NO_CHROMIUM = "No Chromium found: install it, or name it in CHROMIUM. The browser tests need one."


def pytest_configure() -> None:
    # What was started outlives a SIGTERM that does not become an exit.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if find_chromium() is None and os.environ.get("REQUIRE_BROWSER") == "1":
        raise pytest.UsageError(NO_CHROMIUM)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if find_chromium() is None:
        for item in items:
            item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if find_chromium() is None:
        terminalreporter.write_line(f"{NO_CHROMIUM} They were skipped.", yellow=True)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_type_launch_args,
        "executable_path": find_chromium(),
        "args": LAUNCH_ARGUMENTS,
    }


@pytest.fixture(scope="session")
def sites() -> Iterator[dict[int, str]]:
    """The address of the site by the version of htmx that it uses."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="browser-")))
        url = stack.enter_context(embedded_redis(directory))
        options = ("--no-visitors", "--settings", "tests.browser.settings")
        yield {
            version: stack.enter_context(running_site(*options, REDIS_URL=url, HTMX_VERSION=str(version))).address
            for version in (2, 4)
        }


@pytest.fixture
def htmx_version() -> int:
    """To be parametrized by tests that htmx has a part in."""
    return 2


@pytest.fixture
def address(sites: dict[int, str], htmx_version: int) -> str:
    return sites[htmx_version]


@pytest.fixture
def new_person(browser: Browser, address: str) -> Iterator[Callable[..., Person]]:
    """
    A person with a browser profile of their own, by the options of Playwright's ``new_context()``.

    When the test is over nobody's console may have shown a warning, an error or a violation of the policy.
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
