"""
No page fails whatever happens to Redis, and the counts come back without any help.

One site under gunicorn and one under uvicorn go through every fault in turn while people click around.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from active_users import api
from active_users.store.current import get_store

from .browsers import Browser
from .ports import refusing_port
from .relays import relay_to
from .sentinels import running_sentinels
from .servers import Server, running_server
from .sites import KINDS, Serve, Site, serving
from .visitors import traffic
from .waiting import wait_until

PEOPLE = 4
PREFIX = "test-faults"
OPTIONS: dict[str, Any] = {
    "ACTIVE_USERS_KEY_PREFIX": PREFIX,
    "ACTIVE_USERS_TOUCH_INTERVAL": 0,
    "ACTIVE_USERS_REDIS_TIMEOUT": 3,  # longer than an answer takes even on a busy machine
    "ACTIVE_USERS_RETRY_AFTER": 0.2,
}
USERS, ENTRIES = f"{{{PREFIX}:0}}:users", f"{{{PREFIX}:0}}:entries"


@pytest.fixture(scope="module")
def redis_server(processes: None) -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture(scope="module", params=KINDS)
def site(
    request: pytest.FixtureRequest, redis_server: Server, database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    log = tmp_path_factory.mktemp("faults") / "log"
    with serving(request.param, redis_server.url, database, log, **OPTIONS) as site:
        yield site


@contextmanager
def clicking(site: Site) -> Iterator[None]:
    """Run the block while people click around. Afterwards they go on, and all of them must count again."""
    with traffic(site.address, people=PEOPLE) as seen:
        wait_until(lambda: seen.visits > PEOPLE and _counts_everybody(site))
        yield
        visits = seen.visits
        wait_until(lambda: seen.visits > visits + PEOPLE and _counts_everybody(site))


def _counts_everybody(site: Site) -> bool:
    """Ask ten times, to reach every worker, because each has to find out on its own that Redis is back."""
    return all(site.count() == PEOPLE for _ in range(10))


def test_killed_and_restarted_empty(site: Site, redis_server: Server) -> None:
    with clicking(site):
        redis_server.kill()
        wait_until(lambda: site.count() is None)
        redis_server.start()


def test_hung_for_longer_than_the_timeout(site: Site, redis_server: Server) -> None:
    with clicking(site):
        redis_server.signal(signal.SIGSTOP)
        wait_until(lambda: site.count() is None)
        redis_server.signal(signal.SIGCONT)


def test_all_connections_killed_again_and_again(site: Site, redis_server: Server) -> None:
    with clicking(site):
        for _ in range(20):
            redis_server.kill_connections()
            time.sleep(0.01)


def test_scripts_flushed(site: Site, redis_server: Server) -> None:
    with clicking(site):
        for _ in range(20):
            redis_server.client.script_flush()
            assert site.count() == PEOPLE


def test_everything_flushed(site: Site, redis_server: Server) -> None:
    with clicking(site):
        redis_server.client.execute_command("FLUSHALL")


@pytest.mark.parametrize("key", [USERS, ENTRIES])
def test_our_keys_evicted(site: Site, redis_server: Server, key: str) -> None:
    with clicking(site):
        redis_server.client.unlink(key)


@pytest.mark.parametrize("key", [USERS, ENTRIES])
def test_another_programs_value_under_one_of_our_keys(site: Site, redis_server: Server, key: str) -> None:
    with clicking(site):
        pipeline = redis_server.client.pipeline()
        pipeline.unlink(key)
        pipeline.set(key, "not ours")
        pipeline.execute()
        wait_until(lambda: site.count() is None)
        redis_server.client.unlink(key)


def test_memory_full_and_nothing_may_be_evicted(site: Site, redis_server: Server) -> None:
    with clicking(site):
        redis_server.client.config_set("maxmemory-policy", "noeviction")
        redis_server.client.config_set("maxmemory", 1)
        wait_until(lambda: site.count() is None)
        redis_server.client.config_set("maxmemory", 0)


def test_a_read_only_replica(site: Site, redis_server: Server) -> None:
    with clicking(site), refusing_port() as port:
        redis_server.client.replicaof("127.0.0.1", str(port))
        wait_until(lambda: site.count() is None)
        redis_server.client.replicaof("NO", "ONE")


def test_the_log_has_a_line_when_it_fails_and_one_when_it_is_back(site: Site, redis_server: Server) -> None:
    """Each process logs its own."""

    def lines() -> tuple[int, int]:
        text = site.log.read_text()
        return text.count("active users are unknown"), text.count("Redis answers again")

    wait_until(lambda: lines()[0] == lines()[1])
    before, _ = lines()
    with traffic(site.address, people=PEOPLE) as seen:
        redis_server.kill()
        wait_until(lambda: lines()[0] == before + site.workers)
        visits = seen.visits
        wait_until(lambda: seen.visits > visits + 100)
        redis_server.start()
        wait_until(lambda: lines()[1] == before + site.workers)
    assert lines() == (before + site.workers, before + site.workers)
    assert "Traceback" not in site.log.read_text()


def test_reset_in_the_middle_of_an_answer(serve: Serve, own_server: Server) -> None:
    with relay_to(own_server) as relay:
        url = f"redis://127.0.0.1:{relay.port}"
        with serve(url, **OPTIONS) as site, clicking(site):
            relay.is_cutting = True
            wait_until(lambda: relay.cuts > 3 and site.count() is None)
            relay.is_cutting = False


@pytest.mark.parametrize(
    "url",
    ["redis://nowhere.invalid", "redis://:wrong@127.0.0.1:{relay}", "redis://127.0.0.1:{refusing}"],
    ids=["no such host", "wrong password", "nobody listens"],
)
def test_an_address_or_password_that_is_wrong(serve: Serve, own_server: Server, url: str) -> None:
    own_server.client.config_set("requirepass", "right")
    with relay_to(own_server) as relay, refusing_port() as refusing:
        address = url.format(relay=relay.port, refusing=refusing)
        with serve(address, **OPTIONS) as site, traffic(site.address, people=2) as seen:
            wait_until(lambda: seen.visits > 30)
            assert site.count() is None
    text = site.log.read_text()
    assert "active users are unknown" in text
    assert "right" not in text
    assert "wrong@" not in text


def test_a_sentinel_failover_under_load(serve: Serve, shared_server: Server, tmp_path: Path, processes: None) -> None:
    with (
        running_sentinels(shared_server.executable, tmp_path) as group,
        serve("redis://unused", CACHES=group.cache, **OPTIONS) as site,
        clicking(site),
    ):
        # One of the sentinels is dead too, which must not make anybody wait.
        group.sentinels[0].kill()
        group.master.kill()
        wait_until(lambda: group.replica.client.info("replication")["role"] == "master")
        wait_until(lambda: site.count() == PEOPLE)
        assert group.replica.client.zcard(USERS) == PEOPLE


def test_a_clock_that_jumps_on_the_web_host(
    browser: Browser, ada: User, monkeypatch: pytest.MonkeyPatch, no_memo: None
) -> None:
    browser.log_in(ada)
    real = time.time
    for jump in (0, 10**7, -(10**7)):
        with monkeypatch.context() as patch:
            patch.setattr(time, "time", lambda jump=jump: real() + jump)
            get_store().note(str(ada.pk), "payload").result()
            assert api.get_active_users_count() == 1
            assert abs(api.get_last_seen([ada])[ada.pk].timestamp() - real()) < 3600
