"""
Run by a test as a separate process, whose threads are interrupted thousands of times, while bystanders go on asking.

Without hiredis, whose C code may crash when a signal handler raises in it.
"""

# ruff: noqa: E402

from __future__ import annotations

import sys

sys.modules["hiredis"] = None  # type: ignore[assignment]

import ctypes
import faulthandler
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from random import SystemRandom

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
sys.path.insert(0, os.getcwd())
django.setup()

from active_users.connections.pipelined import PipelinedConnection
from active_users.exceptions import ActiveUsersUnavailable
from tests.connections import connect_to, echo

KIND, PATH = sys.argv[1:]
INTERRUPTIONS = 3000
BYSTANDERS = 3
LONGEST = 90  # seconds; then the stacks are shown

chance = SystemRandom()
connection = PipelinedConnection(lambda error: connect_to(PATH, 30), timeout=30, retry_after=0.05)
# Plain values: what threading offers may stay locked for ever when a thread is interrupted in it.
interruptions = 0
asked_inside = 0
may_be_interrupted = False
is_over = False
answers = [0] * BYSTANDERS
mistakes: list[str] = []


def stand_by(number: int) -> None:
    """Ask again and again. Every answer must come, and be the right one."""
    while not is_over:
        text = f"{number}.{answers[number]}"
        try:
            if (answer := echo(connection, text).result()) != text:
                mistakes.append(f"asked {text!r}, got {answer!r}")
        except Exception as error:
            mistakes.append(repr(error))
        answers[number] += 1


def interrupt(*_: object) -> None:
    global interruptions, may_be_interrupted
    if may_be_interrupted:
        may_be_interrupted = False
        interruptions += 1
        raise SystemExit


def ask_inside(*_: object) -> None:
    """In the middle of asking this fails at once, otherwise it is answered."""
    global interruptions, asked_inside
    interruptions += 1
    try:
        if echo(connection, "inside").result() != "inside":
            mistakes.append("a signal handler got an answer that is not its own")
    except ActiveUsersUnavailable as error:
        asked_inside += "in the middle of asking" in str(error)
    signal.setitimer(signal.ITIMER_REAL, chance.uniform(1e-5, 1e-3))


def interrupt_the_main_thread() -> None:
    signal.signal(signal.SIGALRM, interrupt)
    while interruptions < INTERRUPTIONS:
        with suppress(SystemExit):
            ask_until_interrupted()
    signal.signal(signal.SIGALRM, signal.SIG_IGN)


def ask_until_interrupted() -> None:
    """A function of its own: Python 3.13 leaves the jump back to the start of a loop outside the ``try`` around it."""
    global may_be_interrupted
    may_be_interrupted = True
    # Again and again, because Python ignores what is raised in a finalizer.
    signal.setitimer(signal.ITIMER_REAL, chance.uniform(1e-5, 1e-3), 0.02)
    while may_be_interrupted:
        echo(connection, "mine").result()


def interrupt_another_thread() -> None:
    global interruptions
    victim: threading.Thread | None = None
    while interruptions < INTERRUPTIONS:
        if victim is None or not victim.is_alive():  # it was hit outside its try
            victim = threading.Thread(target=be_interrupted, daemon=True)
            victim.start()
        time.sleep(chance.uniform(0, 5e-4))
        victim_id = ctypes.c_ulong(victim.ident or 0)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(victim_id, ctypes.py_object(SystemExit))
        interruptions += 1


def be_interrupted() -> None:
    while not is_over:
        try:
            while not is_over:
                echo(connection, "mine").result()
        except SystemExit:
            pass


def ask_in_a_signal_handler() -> None:
    signal.signal(signal.SIGALRM, ask_inside)
    signal.setitimer(signal.ITIMER_REAL, 1e-3)
    while interruptions < INTERRUPTIONS / 3 or not asked_inside:
        if echo(connection, "mine").result() != "mine":
            mistakes.append("an answer went astray")
    signal.signal(signal.SIGALRM, signal.SIG_IGN)


KINDS: dict[str, Callable[[], None]] = {
    "signal": interrupt_the_main_thread,
    "another thread": interrupt_another_thread,
    "asking handler": ask_in_a_signal_handler,
}


def main() -> None:
    global is_over
    faulthandler.dump_traceback_later(LONGEST, exit=True)
    bystanders = [threading.Thread(target=stand_by, args=[number]) for number in range(BYSTANDERS)]
    for bystander in bystanders:
        bystander.start()
    KINDS[KIND]()
    before = list(answers)
    while any(now < then + 10 for now, then in zip(answers, before, strict=True)):  # each of them still gets answers
        time.sleep(0.01)
    is_over = True
    for bystander in bystanders:
        bystander.join()
    if mistakes:
        sys.exit(f"{len(mistakes)} mistakes in {sum(answers)} answers: {mistakes[:3]}")
    print("every bystander got its own answers", flush=True)
    os._exit(0)  # a thread that was interrupted within threading's own code may never end


main()
