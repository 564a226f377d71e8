"""Rows 8 and 9: what very many people cost the server in memory and CPU time."""

# ruff: noqa: RUF001 - the multiplication sign is meant

from __future__ import annotations

import random
from statistics import median
from typing import Any

from benchmarks.bench import LONG, MANY, Bench
from benchmarks.comparison import interleave, ratio
from benchmarks.figure import Figure, microseconds, times

NOTES = 2000
ROUNDS = 8


def measure_memory(bench: Bench) -> list[Figure]:
    """Row 8."""
    many = bench.many
    measured = many.ours_bytes / many.peer_bytes
    return [
        Figure(
            8,
            f"memory per active person at {many.people:,}, default entry",
            "growth of used_memory by each person: ours noted by the store, the peer's set as its middleware sets them",
            "≤ 1.5 × the peer's live key",
            f"{times(measured)} ({many.ours_bytes:.0f} B)",
            f"{many.peer_bytes:.0f} B",
            measured <= 1.5,
            {"ratio": measured, "ours_bytes": many.ours_bytes, "peer_bytes": many.peer_bytes},
        )
    ]


def measure_cpu(bench: Bench) -> list[Figure]:
    """Row 9."""
    people = bench.many.people
    with bench.sites(MANY, KEY_EXPIRE=LONG) as (ours, peer):

        def choose() -> list[int]:
            return random.choices(range(people), k=NOTES)  # noqa: S311 - no secret

        def measure(call: str, **arguments: Any) -> float:
            before = bench.server.cpu_seconds
            ours.call(call, **arguments)
            return (bench.server.cpu_seconds - before) / NOTES

        def setex() -> float:
            keys = peer.call("keys_of", numbers=choose())
            return measure("setex_and_wait", keys=keys, seconds=LONG)

        took = interleave(ROUNDS, {"note": lambda: measure("note_and_wait", numbers=choose()), "setex": setex})
    measured = ratio(took["note"], took["setex"])
    note, set_key = median(took["note"]), median(took["setex"])
    return [
        Figure(
            9,
            f"server CPU per note at {people:,} active",
            f"CPU time of the server's main thread for {NOTES:,} notes of random people through our store, one every "
            "0.3 ms, each answer waited for; against SETEX of the peer's keys of random people in the same manner",
            "≤ 2 × SETEX",
            f"{times(measured)} ({microseconds(note)})",
            microseconds(set_key),
            measured <= 2,
            {"ratio": measured, "ours_seconds": note, "peer_seconds": set_key},
        )
    ]
