"""A process of its own, for gevent patches the whole of it."""

from gevent import monkey

monkey.patch_all()

import os  # noqa: E402
import sys  # noqa: E402

import django  # noqa: E402
import gevent  # noqa: E402

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
sys.path.insert(0, os.getcwd())
django.setup()

from active_users.connections.pipelined import PipelinedConnection  # noqa: E402
from tests.conftest import connect_to  # noqa: E402
from tests.test_connection import SLEEPY, echo  # noqa: E402

PATH = sys.argv[1]


def work(connection: PipelinedConnection, name: int) -> list[str]:
    texts = [f"{name}.{number}" for number in range(100)]
    return [text for text in texts if echo(connection, text).result() != text]


def main() -> None:
    connection = PipelinedConnection(lambda: connect_to(PATH, 3), timeout=3, retry_after=1)
    wrong = [gevent.spawn(work, connection, name) for name in range(16)]
    gevent.joinall(wrong, raise_error=True)
    if any(job.value for job in wrong):
        sys.exit("an answer went astray")
    # While one greenlet waits for an answer, the others run.
    waiting = gevent.spawn(connection.ask(SLEEPY, [], [1], parse=bytes).result)
    turns = 0
    while not waiting.ready():
        gevent.sleep(0.01)
        turns += 1
    if turns < 10:
        sys.exit(f"everybody waited with the one: {turns} turns")
    print("every greenlet got its own answers")


main()
