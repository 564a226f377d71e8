"""
``python -m benchmarks`` measures every row of the table, prints it, and writes ``results.json`` and ``results.md``.

The exit status is 1 when a row falls short of its target.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from types import FrameType
from typing import NoReturn

from benchmarks import cpus, table
from benchmarks.bench import Bench, Options, choose_people
from benchmarks.figure import Figure, failed
from benchmarks.peer import build_peer
from benchmarks.rows import failure, noting, pages, reading, server_cost, stalls, throughput
from benchmarks.server import running_server

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
}


def main() -> int:
    arguments = _parse_arguments()
    signal.signal(signal.SIGTERM, _exit_on)
    with ExitStack() as stack:
        print("Building the peer's environment, unless it is there", file=sys.stderr)
        peer_python = build_peer()
        server = stack.enter_context(running_server())
        cpus.leave_to_server()
        bench = Bench(server, peer_python, Options(arguments.people, arguments.full))
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
    is_whole = set(arguments.rows) == set(ROWS)
    print(table.to_text(figures, circumstances))
    if is_whole:
        table.write(figures, circumstances)
    else:
        print(f"Only rows {', '.join(map(str, arguments.rows))} were measured, as asked; no results were written.")
    return 0 if all(figure.holds for figure in figures) else 1


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what the package promises.")
    parser.add_argument(
        "--people", type=int, default=choose_people(), help="for the rows at 1 M (default: %(default)s)"
    )
    parser.add_argument("--full", action="store_true", help="each row as long as the promise says, if over 5 minutes")
    parser.add_argument(
        "--rows", type=_parse_rows, default=sorted(ROWS), help="only these, such as 1,4,5; then nothing is written"
    )
    return parser.parse_args()


def _parse_rows(text: str) -> list[int]:
    rows = sorted({int(row) for row in text.split(",")})
    if not set(rows) <= set(ROWS):
        raise argparse.ArgumentTypeError(f"rows are numbers from 1 to {max(ROWS)}, with commas between, not {text!r}")
    return rows


def _exit_on(signal_number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + signal_number)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
