"""Rows 16 and 17: what the polls of open pages cost."""

# ruff: noqa: RUF001 - the multiplication sign is meant

from __future__ import annotations

from typing import Final

from benchmarks.bench import LONG, THOUSAND, Bench
from benchmarks.deciding import at_least, at_most, never_above, number, ratio
from benchmarks.figure import Figure, Rounds

POLLS: Final = 20
# In seconds, between two polls of a page.
EVERY: Final = 5
# A ticket lasts for a minute, so one poll of this many is as expensive as the first.
POLLS_PER_TICKET: Final = 12


def polls(bench: Bench) -> Rounds:
    with bench.site("ours", THOUSAND, KEY_EXPIRE=LONG, TOUCH_INTERVAL=0) as site:
        site.call("create_people", count=1)
        site.call("seed", count=10)
        while True:
            yield site.call("time_polls", count=POLLS)


def tabs(bench: Bench) -> Rounds:
    for took in filter(None, polls(bench)):
        members = ((POLLS_PER_TICKET - 1) * took["member"] + took["member's first"]) / POLLS_PER_TICKET
        seconds = {"strangers": took["stranger"], "members": members, "bare view": took["bare member"]}
        yield {name: EVERY / each for name, each in seconds.items()}


HOW: Final = (
    "single requests through Django's WSGI handler with SessionMiddleware, AuthenticationMiddleware and ours, sessions "
    "in SQLite in memory, in random order: polls of a page with the number and the list, on which nothing changes and "
    "which note the member, and a view that answers 204"
)

FIGURES = [
    Figure(
        16,
        "CPU time of a poll when nothing has changed",
        HOW,
        polls,
        [
            at_most(2, ratio("stranger", "bare stranger"), "× a bare view, by a stranger"),
            at_most(3, ratio("member", "bare member"), "× a bare view, by a member"),
            never_above(0, "queries", "queries"),
        ],
        ("stranger", "bare stranger", "member", "bare member"),
        sides=("stranger", "bare stranger", "member", "bare member", "member's first"),
    ),
    Figure(
        17,
        f"open tabs that a core can serve at one poll in {EVERY} s",
        f"the polls of row 16; of a member's, one in {POLLS_PER_TICKET} is like that of a page that has just opened. "
        "The targets are those of 30,000 strangers and 15,000 members on a machine that serves 63,000 of the bare view",
        tabs,
        [
            at_least(30 / 63, ratio("strangers", "bare view"), "× the bare view's, strangers"),
            at_least(15 / 63, ratio("members", "bare view"), "× the bare view's, members"),
        ],
        write=number,
    ),
]
