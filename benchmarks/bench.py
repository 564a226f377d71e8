"""What every row works with: the server, our site and the peer's, and the people who are active there."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Any

from redis import Redis

from benchmarks import machine
from benchmarks.children import Package, SiteProcess, site_environment
from benchmarks.server import HOST, Server

# A window that outlasts the benchmark, for rows in which nobody should expire.
LONG = 4 * 3600
# For rows that keep the server busy, so that a slow answer does not count as a failure.
PATIENT: dict[str, Any] = {"KEY_EXPIRE": LONG, "REDIS_TIMEOUT": 30}

# The numbers of the server's databases.
THOUSAND, BESIDE_A_CACHE, DEFAULTS, SITE, MANY, SLOW_READER = range(6)

Sites = tuple[SiteProcess, SiteProcess]


@dataclass(frozen=True)
class Many:
    """What each of the people in the database ``MANY`` takes, and when ours were noted."""

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
        cpus = f"{os.cpu_count()} CPUs" + ", one of them for the server alone" * machine.ARE_APART
        where = f"{platform.system()} {platform.machine()}, load {os.getloadavg()[2]:.1f}"
        return ", ".join([f"Python {platform.python_version()}", *packages, self.server.version, cpus, where])

    def redis(self, database: int) -> Redis:
        """The benchmark's own client."""
        return Redis(port=self.server.port, db=database, socket_timeout=60)

    def site(self, package: Package, database: int, *, port: int | None = None, **site: Any) -> SiteProcess:
        """A site that uses this database of the server, directly or through ``port``; see ``site_environment()``."""
        url = f"redis://{HOST}:{port or self.server.port}/{database}"
        return SiteProcess(package, self._pythons[package], site_environment(package, url, **site))

    @contextmanager
    def sites(self, database: int, **site: Any) -> Iterator[Sites]:
        """Our site and the peer's, with the same settings and the same database."""
        with self.site("ours", database, **site) as ours, self.site("peers", database, **site) as peer:
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

    @cached_property
    def many(self) -> Many:
        """Seed the database ``MANY``, and 1,000 more people of ours under the prefix ``small``."""
        self.redis(MANY).flushdb()  # in case an earlier attempt failed
        with self.sites(MANY, **PATIENT) as (ours, peer):
            self.say(f"seeding {self.people:,} people of the peer's and as many of ours")
            peer_bytes, _, _ = self._seed(peer)
            our_bytes, began, done = self._seed(ours)
            noted = ours.call("count")
            if noted != self.people:
                raise RuntimeError(f"{noted:,} people are active after seeding, not {self.people:,}")
            ours.call("seed", count=1000, prefix="small")
        return Many(our_bytes, peer_bytes, began, done)

    def _seed(self, site: SiteProcess) -> tuple[float, float, float]:
        """The bytes per person, and when it began and was done."""
        before, began = self.server.used_memory, time.monotonic()
        site.call("seed", count=self.people)
        done = time.monotonic()
        return (self.server.used_memory - before) / self.people, began, done
