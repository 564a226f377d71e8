"""
``python -m benchmarks`` measures every row of the table, prints it, and writes ``results.md`` and a part of the README.

The exit status is 1 if a target is missed, and 2 if a figure could not be measured. It needs Linux, which tells how
long a process waited for a CPU.
"""

from __future__ import annotations

import argparse
import signal
import sys
import traceback
from contextlib import closing
from dataclasses import replace

from benchmarks import machine, table
from benchmarks.bench import Bench
from benchmarks.figure import Figure, Measured, measure
from benchmarks.peer import build_peer
from benchmarks.rows import many, memo, noting, polls, sites, waiting
from benchmarks.server import Server

FIGURES = [each for rows in (noting, many, sites, waiting, polls, memo) for each in rows.FIGURES]
ROWS = sorted({figure.row for figure in FIGURES})
MILLION = 1_000_000


def main() -> int:
    arguments = _parse_arguments()
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, lambda number, _: sys.exit(128 + number))
    print("Building the peer's environment, unless it exists", file=sys.stderr)
    peer_python = build_peer()
    with closing(Server()) as server:
        machine.leave_to_server()
        bench = Bench(server, peer_python, arguments.people)
        measured = [_measure(bench, figure, arguments.seconds) for figure in FIGURES if figure.row in arguments.rows]
        bench.say("done")
        circumstances = bench.describe()
    print(f"\n{table.count_verdicts(measured)}\n{circumstances}")
    if arguments.rows == ROWS and arguments.people == MILLION:
        table.write(measured, circumstances, " ".join(["python -m benchmarks", *sys.argv[1:]]))
    else:
        print("No results were written, because not everything was measured.")
    if any(verdict == "falls short" for each in measured for *_, verdict in each.results):
        return 1
    return 2 if any(each.error and not each.tried for each in measured) else 0


def _measure(bench: Bench, figure: Figure, seconds: float) -> Measured:
    people = f"{bench.people:,}"
    figure = replace(figure, what=figure.what.format(people=people), headline=figure.headline.format(people=people))
    bench.say(f"row {figure.row}")
    try:
        measured = measure(figure, bench, seconds=seconds)
    except Exception as error:
        traceback.print_exc()
        measured = Measured(figure, error=str(error).strip().rpartition("\n")[2] or type(error).__name__)
    print(table.to_text(measured), flush=True)
    return measured


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what the package promises.")
    parser.add_argument(
        "--people",
        type=int,
        default=MILLION,
        help="how many people rows 5 to 10 use (default: %(default)s, for which the targets are; it takes 1.5 GB)",
    )
    parser.add_argument("--rows", type=_parse_rows, default=ROWS, help="only these, such as 1,4,5; writes no results")
    parser.add_argument(
        "--seconds", type=float, default=20, help="how long each figure is measured at most (default: %(default)s)"
    )
    return parser.parse_args()


def _parse_rows(text: str) -> list[int]:
    rows = sorted({int(row) for row in text.split(",")})
    if not set(rows) <= set(ROWS):
        raise argparse.ArgumentTypeError(
            f"{text!r} should be numbers of rows, separated by commas: {', '.join(map(str, ROWS))}"
        )
    return rows


if __name__ == "__main__":
    sys.exit(main())
