"""
``python -m benchmarks`` measures every row of the table, prints it, and writes it into ``results.md`` and the README.

The exit status is 1 if a row falls short of its target.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from contextlib import closing

from benchmarks import cpus, table
from benchmarks.bench import Bench
from benchmarks.figure import Figure, failed
from benchmarks.peer import build_peer
from benchmarks.rows import failure, noting, pages, reading, server_cost, stalls, throughput, waiting
from benchmarks.server import Server

ROWS: dict[int, Callable[[Bench], list[Figure]]] = {
    1: noting.measure_noting,
    2: noting.measure_noting_over_network,
    3: noting.measure_repeats,
    4: pages.measure_page_with_count,
    5: pages.measure_page_beside_a_cache,
    6: reading.measure_count,
    7: reading.measure_newest,
    8: server_cost.measure_memory,
    9: server_cost.measure_cpu,
    10: stalls.measure_stalls,
    11: throughput.measure_pages_per_second,
    12: failure.measure_failure,
    13: waiting.measure_waits,
    15: waiting.measure_slow_reader,
}
# What one person takes, with the peer's key and an unrelated key, and room to spare.
BYTES_PER_PERSON = 1500


def main() -> int:
    arguments = _parse_arguments()
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, lambda number, _: sys.exit(128 + number))
    print("Building the peer's environment, unless it exists", file=sys.stderr)
    peer_python = build_peer()
    with closing(Server()) as server:
        cpus.leave_to_server()
        bench = Bench(server, peer_python, arguments.people)
        figures: list[Figure] = []
        for row in arguments.rows:
            bench.say(f"row {row}")
            try:
                figures += ROWS[row](bench)
            except Exception as error:
                bench.say(f"row {row}: {error}")
                figures.append(failed(row, error))
        bench.say("done")
        circumstances = bench.describe()
    print(table.to_text(figures, circumstances))
    if set(arguments.rows) == set(ROWS):
        table.write(figures, circumstances)
    else:
        print("Not all rows were measured, so no results were written.")
    return 0 if all(figure.holds for figure in figures) else 1


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what the package promises.")
    parser.add_argument(
        "--people", type=int, default=_choose_people(), help="how many people rows 5 to 10 use (default: %(default)s)"
    )
    parser.add_argument(
        "--rows", type=_parse_rows, default=sorted(ROWS), help="measure only these, such as 1,4,5, and write no results"
    )
    return parser.parse_args()


def _parse_rows(text: str) -> list[int]:
    rows = sorted({int(row) for row in text.split(",")})
    if not set(rows) <= set(ROWS):
        raise argparse.ArgumentTypeError(
            f"{text!r} should be numbers of rows, separated by commas: {', '.join(map(str, ROWS))}"
        )
    return rows


def _choose_people() -> int:
    """A million, or fewer on a machine with little free memory."""
    try:
        available = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):  # this system does not say
        return 1_000_000
    return 1_000_000 if available > 1_000_000 * BYTES_PER_PERSON else 100_000


if __name__ == "__main__":
    sys.exit(main())
