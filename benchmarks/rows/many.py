"""Rows 6 to 10: very many people."""

# ruff: noqa: RUF001 - the multiplication sign is meant

from __future__ import annotations

import random
import socket
import time
from functools import partial
from statistics import median
from typing import Any, Final

from benchmarks import machine
from benchmarks.bench import MANY, PATIENT, Bench
from benchmarks.children import SiteProcess
from benchmarks.deciding import at_least, at_most, difference, duration, never_above, number, ratio
from benchmarks.figure import PEER, Figure, Rounds
from benchmarks.machine import if_quiet

READS: Final = 10
NOTES: Final = 200
# In seconds.
NOTE_EVERY: Final = 0.0003
STALL_ROUND: Final = 1.0
PING_EVERY: Final = 0.0002
# The share of the people who leave the window at the start of each round, and have to be pruned.
BACKLOG: Final = 0.02


def reads(bench: Bench, read: str, peers: str) -> Rounds:
    bench.many  # noqa: B018 - seeds
    with bench.sites(MANY, **PATIENT) as (ours, peer):
        took = min(peer.call(peers) for _ in range(2))
        ours.call(read)
        script = bench.server.first_script_of(lambda: ours.call(read))
        while True:
            call = partial(ours.call, "time_reads", read=read, script=script, times=READS)
            measured = if_quiet(call, ours, bench.server)
            yield measured and {**measured, PEER: took}


def memory(bench: Bench) -> Rounds:
    ours, peer = bench.many.our_bytes, bench.many.peer_bytes
    yield {"ours": ours, PEER: peer, "ratio": ours / peer}


def server_cpu(bench: Bench) -> Rounds:
    people, pid = bench.people, bench.server.pid

    def measure(site: SiteProcess, call: str) -> float:
        numbers = random.choices(range(people), k=NOTES)  # noqa: S311 - no secret
        before = machine.cpu_seconds(pid)
        site.call(call, numbers=numbers, period=NOTE_EVERY)
        return (machine.cpu_seconds(pid) - before) / NOTES

    with bench.sites(MANY, **PATIENT) as (ours, peer):
        while True:
            yield {"ours": measure(ours, "note_and_wait"), "SETEX": measure(peer, "setex_and_wait")}


def stalls(bench: Bench) -> Rounds:
    """Removes many of the people, so this has to be the last row that uses them."""
    many = bench.many

    def stall(site: SiteProcess, call: str, **arguments: Any) -> tuple[float, Any]:
        site.begin(call, seconds=STALL_ROUND, **arguments)
        longest = _longest_ping(bench)
        return longest, site.finish()

    with bench.sites(MANY, **PATIENT) as (ours, peer):
        peers = median(stall(peer, "load_counts")[0] for _ in range(2))
        for number_of_round in range(1, int(1 / BACKLOG)):
            # People leave in the order in which they were noted, a share of them each round.
            pruned = number_of_round * BACKLOG * (many.done - many.began)
            window = time.monotonic() - many.began - pruned
            longest, scripts = stall(ours, "load_everything", people=bench.people, window=window)
            trivial, _ = stall(ours, "load_trivially", scripts=scripts)
            yield {"ours": longest, "trivial scripts": trivial, PEER: peers}


def _longest_ping(bench: Bench) -> float:
    """The longest of many pings, except for when the server or this process could have run but got no CPU."""
    longest = 0.0
    seconds = partial(machine.running_seconds, "thread-self", str(bench.server.pid))
    with socket.create_connection(("127.0.0.1", bench.server.port)) as server:
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        until = time.perf_counter() + STALL_ROUND
        while time.perf_counter() < until:
            start = seconds()
            server.sendall(b"*1\r\n$4\r\nPING\r\n")
            if not server.recv(64):
                raise ConnectionError("the server closed the connection")
            longest = max(longest, seconds() - start)
            time.sleep(PING_EVERY)
    return longest


AT_MANY = "{people} active"

FIGURES = [
    Figure(
        6,
        f"a count, {AT_MANY}",
        "get_active_users_count() and the controls, single calls in random order: the same script by EVALSHA over a "
        "plain redis-py connection, a PING by redis-py's client and its pool, and the count of 1,000; the peer's: best "
        "of 2",
        partial(reads, read="count", peers="time_count"),
        [
            at_most(1.05, ratio("ours", "EVALSHA"), "× a bare EVALSHA"),
            at_most(1.3, ratio("ours", "PING"), "× a pooled PING"),
            at_most(1.1, ratio("ours", "at 1,000"), "× the count of 1,000"),
            at_least(6000, ratio(PEER, "ours"), "× faster than the peer"),
        ],
        ("ours", "EVALSHA", "PING"),
        headline=f"a count, {AT_MANY}",
    ),
    Figure(
        7,
        f"the newest 50 with their fields, {AT_MANY}",
        "get_active_users(limit=50) and the controls, as in row 6; the peer's: the whole list, which has no order",
        partial(reads, read="newest", peers="time_whole_list"),
        [
            at_most(3, ratio("ours", "PING"), "× a pooled PING"),
            at_most(1.25, ratio("ours", "at 1,000"), "× that of 1,000"),
        ],
        ("ours", "EVALSHA", "PING"),
    ),
    Figure(
        8,
        f"memory per active person in bytes, {AT_MANY}, default entry",
        "growth of used_memory per person: ours noted by the store, the peer's set as its middleware sets them",
        memory,
        [never_above(1.25, "ratio", "× the peer's live key")],
        write=number,
        headline=f"memory in bytes per active person, {AT_MANY}",
    ),
    Figure(
        9,
        f"server CPU time per note, {AT_MANY}",
        f"CPU time of the server for {NOTES} notes of random people through our store, one every 0.3 ms, waiting for "
        "each answer; against SETEX of the peer's keys for random people, done the same way",
        server_cpu,
        [at_most(1.5, ratio("ours", "SETEX"), "× SETEX")],
        ("ours", "SETEX"),
    ),
    Figure(
        10,
        f"longest stall that another client sees, {AT_MANY}",
        f"the longest PING within {STALL_ROUND:g} s of a client that sends one every 0.2 ms, except for when the "
        "server or that client could have run but got no CPU; while notes, counts, lists of 50 and lists of 1,000 run "
        "one after the other and prune, and while as many scripts that return 0 run; the peer's: while counts run",
        stalls,
        [at_most(0.001, difference("ours", "trivial scripts"), "over trivial scripts", duration)],
    ),
]
