"""
Reads calls from standard input, one JSON object a line, and answers each with one on standard output. It ends when its
standard input is closed. ``BENCHMARK_SITE`` describes the site.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback

import django

from benchmarks.site.calls import find_calls


def main() -> None:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what anybody prints is no answer
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.site.settings"
    django.setup()
    calls = find_calls(json.loads(os.environ["BENCHMARK_SITE"])["package"])
    for line in sys.stdin:
        call = json.loads(line)
        try:
            answer = {"result": calls[call["name"]](**call["arguments"])}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
