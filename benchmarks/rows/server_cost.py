"""Rows 8 and 9: how much memory and CPU time the server needs for very many people."""

# ruff: noqa: RUF001 - the multiplication sign is meant

from __future__ import annotations

import random

from benchmarks.bench import MANY, PATIENT, Bench
from benchmarks.comparison import compare
from benchmarks.figure import Figure, Promise, duration
from benchmarks.site_process import SiteProcess

NOTES = 2000
ROUNDS = 8


def measure_memory(bench: Bench) -> list[Figure]:
    many = bench.many
    return [
        Figure(
            8,
            f"memory per active person at {many.people:,}, default entry",
            "growth of used_memory per person: ours noted by the store, the peer's set as its middleware sets them",
            [Promise(many.our_bytes / many.peer_bytes, "≤", 1.5, "× the peer's live key")],
            f"({many.our_bytes:.0f} B)",
            f"{many.peer_bytes:.0f} B",
        )
    ]


def measure_cpu(bench: Bench) -> list[Figure]:
    people = bench.many.people

    def measure(site: SiteProcess, call: str) -> float:
        numbers = random.choices(range(people), k=NOTES)  # noqa: S311 - no secret
        before = bench.server.cpu_seconds
        site.call(call, numbers=numbers)
        return (bench.server.cpu_seconds - before) / NOTES

    with bench.sites(MANY, **PATIENT) as (ours, peer):
        took = compare(ROUNDS, lambda: measure(ours, "note_and_wait"), lambda: measure(peer, "setex_and_wait"))
    return [
        Figure(
            9,
            f"server CPU per note at {people:,} active",
            f"CPU time of the server's main thread for {NOTES:,} notes of random people through our store, one every "
            "0.3 ms, waiting for each answer; against SETEX of the peer's keys for random people, done the same way",
            [Promise(took.ratio, "≤", 2, "× SETEX")],
            f"({duration(took.ours)})",
            duration(took.other),
        )
    ]
