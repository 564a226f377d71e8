"""Run by a test as a separate process, because eventlet patches the whole process."""

import eventlet

eventlet.monkey_patch()

import os  # noqa: E402
import sys  # noqa: E402

import django  # noqa: E402
import redis  # noqa: E402

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
sys.path.insert(0, os.getcwd())
django.setup()

from active_users.connections import pipelined  # noqa: E402
from active_users.connections.pipelined import PipelinedConnection  # noqa: E402
from tests.connections import answers_gone_astray, connect_to, echo  # noqa: E402

PATH = sys.argv[1]


def main() -> None:
    connection = PipelinedConnection(lambda error: connect_to(PATH, 10), timeout=10, retry_after=1)
    jobs = [eventlet.spawn(answers_gone_astray, connection, name, 100) for name in range(16)]
    if any(job.wait() for job in jobs):
        sys.exit("an answer went astray")
    # On a machine so busy that a greenlet which watches is taken for one that was interrupted.
    pipelined.WATCH_SECONDS = 1e-6  # type: ignore[misc]
    jobs = [eventlet.spawn(answers_gone_astray, connection, name, 20) for name in range(16)]
    if any(job.wait() for job in jobs):
        sys.exit("an answer went astray")
    pipelined.WATCH_SECONDS = 0.02  # type: ignore[misc]
    # While one greenlet waits for an answer, this one must run, because only this one makes the server answer.
    with redis.Redis(unix_socket_path=PATH) as client:
        client.client_pause(600_000, all=False)
        waiting = eventlet.spawn(echo(connection, "late").result)
        eventlet.sleep(0)
        client.client_unpause()
        if waiting.wait() != "late":
            sys.exit("an answer went astray")
    print("every greenlet got its own answers")


main()
