"""What every row works with: the server, our site and the peer's, and the people who are active there."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from tempfile import TemporaryDirectory
from typing import Any

from redis import Redis

from benchmarks import cpus
from benchmarks.server import HOST, Server
from benchmarks.site_process import Package, SiteProcess, site_environment

# A window that outlasts the benchmark, for rows in which nobody should expire.
LONG = 4 * 3600
# For rows that keep the server busy, so that a slow answer does not count as a failure.
PATIENT: dict[str, Any] = {"KEY_EXPIRE": LONG, "REDIS_TIMEOUT": 30}

# The numbers of the server's databases.
THOUSAND, BESIDE_A_CACHE, DEFAULTS, SITE, MANY, SLOW_READER = range(6)

Sites = tuple[SiteProcess, SiteProcess]


@dataclass(frozen=True)
class People:
    """The database file of a site where people are logged in, and their cookies."""

    sqlite: str
    cookies: Sequence[str]


@dataclass(frozen=True)
class Many:
    """How many people are active in the database ``MANY``, what each takes, and when ours were noted."""

    people: int
    our_bytes: float
    peer_bytes: float
    began: float
    done: float


class Bench:
    """``people`` is how many the rows about a million people work with."""

    def __init__(self, server: Server, peer_python: str, people: int) -> None:
        self.server = server
        self.people = people
        self._pythons: dict[Package, str] = {"ours": sys.executable, "peers": peer_python}
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        print(f"[{time.monotonic() - self._began:4.0f} s] {text}", file=sys.stderr, flush=True)

    def describe(self) -> str:
        """The circumstances of the measurement."""
        packages = [f"{name} {version(name)}" for name in ("django", "django-redis", "redis", "hiredis")]
        cpu_count = f"{os.cpu_count()} CPUs" + ", one of them for the server alone" * cpus.ARE_APART
        machine = [cpu_count, f"{platform.system()} {platform.machine()}"]
        most = f"{self.people:,} people at most"
        return ", ".join([f"Python {platform.python_version()}", *packages, self.server.version, most, *machine])

    def site(self, package: Package, database: int, *, port: int | None = None, **settings: Any) -> SiteProcess:
        """A site that uses this database of the server, directly or through ``port``."""
        return self.site_at(package, f"redis://{HOST}:{port or self.server.port}/{database}", **settings)

    def site_at(self, package: Package, redis_url: str, **site: Any) -> SiteProcess:
        """A site that uses any server; see ``site_environment()``."""
        return SiteProcess(package, self._pythons[package], site_environment(package, redis_url, **site))

    @contextmanager
    def people_who_are_logged_in(self, count: int) -> Iterator[People]:
        with TemporaryDirectory() as directory:
            sqlite = f"{directory}/site.sqlite3"
            with self.site("ours", SITE, sqlite=sqlite) as site:
                cookies = site.call("create_people", count=count)
            yield People(sqlite, cookies)

    @contextmanager
    def sites(self, database: int, *, port: int | None = None, **settings: Any) -> Iterator[Sites]:
        """Our site and the peer's, with the same settings and the same database."""
        with (
            self.site("ours", database, port=port, **settings) as ours,
            self.site("peers", database, port=port, **settings) as peer,
        ):
            yield ours, peer

    @contextmanager
    def sites_with_a_thousand(self, database: int = THOUSAND, *, port: int | None = None) -> Iterator[Sites]:
        """Both sites with 1,000 active people each. Every request notes its person."""
        # Other processes seed them, so that the measured ones see each person for the first time, with cold caches.
        with self.sites(database, KEY_EXPIRE=LONG) as sites:
            for site in sites:
                site.call("seed", count=1000)
        with self.sites(database, port=port, KEY_EXPIRE=LONG, TOUCH_INTERVAL=0) as sites:
            yield sites

    def redis(self, database: int) -> Redis:
        """The benchmark's own client."""
        return Redis(port=self.server.port, db=database, socket_timeout=60)

    @cached_property
    def many(self) -> Many:
        """Seed the database ``MANY``, and 1,000 more people of ours under the prefix ``small``."""
        count = self.people
        self.redis(MANY).flushdb()  # in case an earlier attempt failed
        with self.sites(MANY, **PATIENT) as (ours, peer):
            self.say(f"seeding {count:,} people of the peer's")
            before = self.server.used_memory
            peer.call("seed", count=count)
            peer_bytes = (self.server.used_memory - before) / count
            self.say(f"seeding {count:,} people of ours")
            before, began = self.server.used_memory, time.monotonic()
            ours.call("seed", count=count)
            done = time.monotonic()
            our_bytes = (self.server.used_memory - before) / count
            noted = ours.call("count")
            if noted != count:
                raise RuntimeError(f"{noted:,} people are active after seeding, not {count:,}")
            ours.call("seed", count=1000, prefix="small")
        return Many(count, our_bytes, peer_bytes, began, done)
