"""Fixtures and hooks: among others, one embedded server for the whole run and a key prefix for each test."""

from __future__ import annotations

import logging
import signal
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.test import AsyncClient, Client

from active_users import api
from active_users.logs import forget_what_was_logged
from active_users.store.current import get_store, memo
from active_users.store.shard import NAMES
from active_users.store.sharded import ActiveUserStore
from active_users.visits.counting import printing_pages

from .browsers import Browser
from .clocks import Clock, MakeStore, ServerClock
from .connections import close_connections, pipelined
from .processes import processes_allowed
from .servers import Server, running_server
from .sites import KINDS, Serve, Site, make_database, serving
from .tracing import trace_every_thread


def pytest_configure(config: pytest.Config) -> None:
    # Turns SIGTERM into an exit, so that the embedded server is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    trace_every_thread()
    config.addinivalue_line("markers", "processes: set automatically on each test that uses the fixture of that name")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "processes" in getattr(item, "fixturenames", ()):
            item.add_marker("processes")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool | None, bool | None]:
    with processes_allowed(item.get_closest_marker("processes") is not None):
        return (yield)


@pytest.fixture(scope="session")
def processes() -> None:
    """
    Every test or fixture that starts a process has to use this one.

    ``make quick`` leaves those tests out, and a test without it cannot start a process.
    """


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Server]:
    with ExitStack() as stack:
        with processes_allowed(True):
            server = stack.enter_context(running_server())
        yield server


@pytest.fixture
def own_server(settings: Any, processes: None) -> Iterator[Server]:
    """A server for one test, which may kill, hang and flush it."""
    with running_server() as server:
        settings.CACHES = server.cache
        yield server


@pytest.fixture(autouse=True)
def server(shared_server: Server, settings: Any) -> Iterator[Server]:
    """The shared server as the site's cache, with a key prefix that no other test uses."""
    settings.ACTIVE_USERS_KEY_PREFIX = prefix = f"test-{uuid4().hex[:12]}"
    settings.CACHES = shared_server.cache
    get_store().count().result()  # now there is a connection, so that a note is sent at once
    yield shared_server
    shared_server.client.delete(*(f"{{{prefix}:{shard}}}:{name}" for shard in range(8) for name in NAMES))


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory, processes: None) -> Path:
    """A database with people in it, for sites under a real server."""
    return make_database(tmp_path_factory.mktemp("site") / "db.sqlite3")


@pytest.fixture(params=KINDS)
def serve(request: pytest.FixtureRequest, database: Path, tmp_path: Path) -> Serve:
    """``with serve(redis_url, ACTIVE_USERS_…=…) as site``. Runs the test once under each server."""

    def serve(redis_url: str, **options: Any) -> AbstractContextManager[Site]:
        return serving(request.param, redis_url, **{"database": database, "log": tmp_path / "log"} | options)

    return serve


@pytest.fixture(params=["sync", "async"])
def new_browser(request: pytest.FixtureRequest) -> Callable[[], Browser]:
    return lambda: Browser(Client() if request.param == "sync" else AsyncClient())


@pytest.fixture
def browser(new_browser: Callable[[], Browser]) -> Browser:
    return new_browser()


@pytest.fixture(params=["sync", "async"])
def call(request: pytest.FixtureRequest) -> Any:
    """Call a function of the API, or its async twin."""

    def call(name: str, *arguments: Any, **options: Any) -> Any:
        if request.param == "sync":
            return getattr(api, name)(*arguments, **options)
        return async_to_sync(getattr(api, f"a{name}"))(*arguments, **options)

    return call


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob")


@pytest.fixture
def no_memo(settings: Any) -> None:
    """Every request notes, because the touch interval is 0."""
    settings.ACTIVE_USERS_TOUCH_INTERVAL = 0


@pytest.fixture
def key(settings: Any) -> Callable[[str], str]:
    """Gives the full name of one of the test's keys in Redis."""
    return lambda name: f"{{{settings.ACTIVE_USERS_KEY_PREFIX}:0}}:{name}"


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """The levels of our logger's records, without those of other libraries."""
    caplog.set_level(logging.INFO, logger="active_users")
    return lambda: [record.levelname for record in caplog.records if record.name == "active_users"]


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:  # of its own, so that it ends before everybody is forgotten
        patch.setattr(time, "monotonic", clock)
        yield clock


@pytest.fixture
def server_clock(server: Server) -> Iterator[ServerClock]:
    clock = ServerClock(pipelined(server), server)
    yield clock
    clock.close()


@pytest.fixture
def make_store(server_clock: ServerClock, settings: Any) -> MakeStore:
    """Makes a store that goes by ``server_clock``, from its window and the rest. It has the keys of the test."""
    return partial(ActiveUserStore, server_clock, settings.ACTIVE_USERS_KEY_PREFIX)


@pytest.fixture(autouse=True)
def forget_everybody() -> Iterator[None]:
    yield
    memo.clear()
    printing_pages.clear()
    forget_what_was_logged()


@pytest.fixture(autouse=True)
def close_what_was_connected() -> Iterator[None]:
    yield
    close_connections()
