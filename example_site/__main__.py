"""
``python -m example_site`` runs the demo until Ctrl-C.

It starts a Redis server unless ``REDIS_URL`` names one, creates a new database, and serves the site on ``PORT`` (8000
by default), or on a free port if that one is in use.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import NoReturn

import django
from django.core.management import call_command

from example_site.embedded_redis import embedded_redis
from example_site.members import REGULARS, create_members
from example_site.server import HOST, serving
from example_site.visitors import visiting
from example_site.yesterday import make_up_yesterday

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m example_site", description="The demo of django-active-users.")
    parser.add_argument("--no-visitors", action="store_true", help="leave out the simulated visitors")
    parser.add_argument("--settings", default="example_site.settings", help="the Django settings module to use")
    options = parser.parse_args()
    wanted_port = _parse_port(os.environ.get("PORT", "8000"))
    for number in STOP_SIGNALS:
        signal.signal(number, _stop)
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="example-site-")))
        _prepare(stack, directory, options.settings)
        port = stack.enter_context(serving(wanted_port))
        address = f"http://{HOST}:{port}/"
        if wanted_port not in (port, 0):
            print(f"Port {wanted_port} is in use, so the demo uses {port}.")
        if not options.no_visitors:
            make_up_yesterday()
            stack.enter_context(visiting(REGULARS, address))
        print(f"The reading club is open at {address} (Ctrl-C closes it)", flush=True)
        while True:
            time.sleep(1)  # not for ever: a signal that reaches another thread does not wake this one


def _prepare(stack: ExitStack, directory: Path, settings: str) -> None:
    """Start Redis, set up Django, and create the database with the members in it."""
    if not os.environ.get("REDIS_URL"):
        os.environ["REDIS_URL"] = stack.enter_context(embedded_redis(directory))
    os.environ["EXAMPLE_SITE_DATABASE"] = str(directory / "example_site.sqlite3")
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    django.setup()
    call_command("migrate", verbosity=0)
    create_members()


def _parse_port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) < 65536):
        sys.exit(f"PORT should be a number from 0 to 65535, not {text!r}.")
    return int(text)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """Exit, which stops and removes everything that was started. A second Ctrl-C does not interrupt the clean-up."""
    for stop_signal in STOP_SIGNALS:
        signal.signal(stop_signal, signal.SIG_IGN)
    sys.exit()


if __name__ == "__main__":
    main()
