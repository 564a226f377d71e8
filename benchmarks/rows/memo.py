"""Row 18: what a process remembers about visitors."""

from __future__ import annotations

from typing import Any, Final

from benchmarks.bench import THOUSAND, Bench
from benchmarks.deciding import at_most, duration, never_above, side
from benchmarks.figure import Figure, Rounds

VISITORS: Final = 50_000
# In seconds. Longer than a visit takes, also while Python's allocations are traced.
VISIT_EVERY: Final = 0.001
# As many visitors come within it as with 100 per second and the default window of 20 s.
WINDOW: Final = 20 * 100 * VISIT_EVERY
LOGOUT_EVERY: Final = 1000
LOGOUTS: Final = 25


def logouts(bench: Bench) -> Rounds:
    def call(name: str, **arguments: int) -> Any:
        with bench.site("ours", THOUSAND, KEY_EXPIRE=WINDOW) as site:
            return site.call(name, visitors=VISITORS, period=VISIT_EVERY, **arguments)

    size = call("measure_memory")
    for seconds in call("time_logouts", every=LOGOUT_EVERY)[-LOGOUTS:]:
        yield {"ours": seconds, "MiB": size / 2**20}


FIGURES = [
    Figure(
        18,
        "CPU time of a logout after tens of thousands of visitors",
        f"the signal user_logged_out for some of the last of {VISITORS:,} visitors, who make a request each through "
        "Django's handler; as many come within the window as with 100 per second and the default settings. The memory "
        "is what Python's allocations grew by since the first 5,000 visitors, which were forgotten",
        logouts,
        [at_most(0.0001, side("ours"), write=duration), never_above(1, "MiB", "MiB of memory")],
        sides=["ours"],
    ),
]
