"""Row 18: what a process remembers about visitors."""

from __future__ import annotations

from typing import Any, Final

from benchmarks.bench import LONG, THOUSAND, Bench
from benchmarks.deciding import at_most, duration, never_above, side
from benchmarks.figure import Figure, Rounds

VISITORS: Final = 50_000
# In seconds. As many visitors come within a touch interval as with 100 per second and the default interval of 1 s.
VISIT_EVERY: Final = 0.0003
TOUCH_INTERVAL: Final = 100 * VISIT_EVERY
LOGOUT_EVERY: Final = 1000
LOGOUTS: Final = 25


def logouts(bench: Bench) -> Rounds:
    def call(name: str, **arguments: int) -> Any:
        with bench.site("ours", THOUSAND, KEY_EXPIRE=LONG, TOUCH_INTERVAL=TOUCH_INTERVAL) as site:
            return site.call(name, visitors=VISITORS, period=VISIT_EVERY, **arguments)

    size = call("measure_memory")
    for seconds in call("time_logouts", every=LOGOUT_EVERY)[-LOGOUTS:]:
        yield {"ours": seconds, "MiB": size / 2**20}


FIGURES = [
    Figure(
        18,
        "CPU time of a logout after tens of thousands of visitors",
        f"the signal user_logged_out for some of the last of {VISITORS:,} visitors, who make a request each through "
        "Django's handler; as many come within a touch interval as with 100 per second and the default settings. The "
        "memory is what Python's allocations grew by since the first 5,000 visitors",
        logouts,
        [at_most(0.0001, side("ours"), write=duration), never_above(1, "MiB", "MiB of memory")],
        sides=["ours"],
    ),
]
