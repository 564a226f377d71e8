"""What every row works with: the server, the two packages' sites, and the people who were put into it."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from redis import Redis
from redis.utils import HIREDIS_AVAILABLE

from benchmarks import cpus
from benchmarks.server import Server
from benchmarks.site_process import SiteProcess

# Of memory that the people, the peer's keys and as many other keys take, with room to spare.
BYTES_PER_PERSON = 1500
MOST_PEOPLE = 1_000_000
FEWER_PEOPLE = 100_000
# A window that outlasts the benchmark, for rows in which nobody shall expire.
LONG = 4 * 3600

# Numbers of the server's databases.
THOUSAND, BESIDE_A_CACHE, DEFAULTS, SITE, MANY = range(5)


@dataclass(frozen=True)
class Options:
    """``people`` for the rows at 1 M; ``is_full``: as long as the promise says, else as long as five minutes allow."""

    people: int
    is_full: bool


@dataclass(frozen=True)
class Many:
    """Very many people in Redis: our bytes and the peer's for each, and when ours were noted, from first to last."""

    people: int
    ours_bytes: float
    peer_bytes: float
    began: float
    done: float


class Bench:
    def __init__(self, server: Server, peer_python: str, options: Options) -> None:
        self.server = server
        self.peer_python = peer_python
        self.options = options
        self._began = time.monotonic()

    def say(self, text: str) -> None:
        print(f"[{time.monotonic() - self._began:4.0f} s] {text}", file=sys.stderr, flush=True)

    def describe(self) -> dict[str, str]:
        """Under which circumstances it was measured."""
        with self.sites(DEFAULTS) as (ours, peer):
            django, peer_django = ours.versions["django"], peer.versions["django"]
            clients = f"{ours.versions['redis']} and django-redis {ours.versions['django-redis']}"
        return {
            "Python": platform.python_version(),
            "Django": django if django == peer_django else f"{django} (the peer's {peer_django})",
            "redis-py": clients + (" with hiredis" if HIREDIS_AVAILABLE else " without hiredis"),
            "server": self.server.version,
            "most people": f"{self.options.people:,}",
            "CPUs": f"{os.cpu_count()}{', one of them for the server alone' * cpus.are_apart()}",
            "system": f"{platform.system()} {platform.machine()}",
        }

    @contextmanager
    def site(
        self,
        package: Literal["ours", "peers"],
        database: int,
        *,
        port: int | None = None,
        file: str = ":memory:",
        **settings: Any,
    ) -> Iterator[SiteProcess]:
        """
        A package's site on this database of the server, over ``port`` or directly.

        ``file`` holds its SQL database; the names of the ``settings`` are without prefix.
        """
        url = f"redis://127.0.0.1:{port or self.server.port}/{database}"
        prefixed = {f"ACTIVE_USERS_{name}": value for name, value in settings.items()}
        worker = SiteProcess(
            sys.executable if package == "ours" else self.peer_python,
            package,
            {"redis_url": url, "database": file, "settings": prefixed},
        )
        try:
            yield worker
        finally:
            worker.stop()

    @contextmanager
    def sites(
        self, database: int, *, port: int | None = None, **settings: Any
    ) -> Iterator[tuple[SiteProcess, SiteProcess]]:
        """Our site and the peer's, with the same settings on the same database."""
        with (
            self.site("ours", database, port=port, **settings) as ours,
            self.site("peers", database, port=port, **settings) as peer,
        ):
            yield ours, peer

    def redis(self, database: int) -> Redis:
        """The benchmark's own client."""
        return Redis(port=self.server.port, db=database, socket_timeout=60)

    @cached_property
    def thousand(self) -> int:
        """1,000 people of each package in the database ``THOUSAND``; how many there are."""
        return self._seed_thousand(THOUSAND)

    @cached_property
    def cache_keys(self) -> int:
        """1,000 people of each package in the database ``BESIDE_A_CACHE``, and so many keys of something else."""
        self._seed_thousand(BESIDE_A_CACHE)
        count = self.options.people
        self.say(f"seeding {count:,} unrelated keys")
        client = self.redis(BESIDE_A_CACHE)
        for first in range(0, count, 1000):
            client.mset({f":1:page:{number}": "a cached fragment" for number in range(first, first + 1000)})
        return count

    @cached_property
    def many(self) -> Many:
        """Very many people of each package in the database ``MANY``; and 1,000 of ours under the prefix ``small``."""
        count = self.options.people
        half = count // 2
        self.redis(MANY).flushdb()  # of what an attempt that failed has left
        # Seeding sends as fast as the server reads, so that its answers come late.
        patient: dict[str, Any] = {"KEY_EXPIRE": LONG, "REDIS_TIMEOUT": 30}
        with self.sites(MANY, **patient) as (ours, peer), self.site("ours", MANY, **patient) as helper:
            self.say(f"seeding {count:,} people of the peer's")
            before = self.server.used_memory
            peer.call("seed", count=count)
            peer_bytes = (self.server.used_memory - before) / count
            self.say(f"seeding {count:,} people of ours")
            before, began = self.server.used_memory, time.monotonic()
            helper.begin("seed", first=half, count=count - half, prefix="au")
            ours.call("seed", first=0, count=half, prefix="au")
            helper.finish()
            done = time.monotonic()
            ours_bytes = (self.server.used_memory - before) / count
            noted = ours.call("count")
            if noted != count:
                raise RuntimeError(f"{noted:,} people are there, not {count:,}")
            ours.call("seed", first=0, count=1000, prefix="small")
        return Many(count, ours_bytes, peer_bytes, began, done)

    def _seed_thousand(self, database: int) -> int:
        with self.sites(database, KEY_EXPIRE=LONG) as (ours, peer):
            ours.call("seed", first=0, count=1000, prefix="au")
            peer.call("seed", count=1000)
        return 1000


def choose_people() -> int:
    """As many people as the promise speaks of, or fewer where memory does not allow it."""
    try:
        available = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):  # not known on this system
        return MOST_PEOPLE
    return MOST_PEOPLE if available > MOST_PEOPLE * BYTES_PER_PERSON else FEWER_PEOPLE
