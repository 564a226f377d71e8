"""Run by a test as a separate process, because gevent patches the whole process."""

from gevent import monkey

monkey.patch_all()

import os  # noqa: E402
import sys  # noqa: E402

import django  # noqa: E402
import gevent  # noqa: E402
import redis  # noqa: E402

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
sys.path.insert(0, os.getcwd())
django.setup()

from active_users.connections.pipelined import PipelinedConnection  # noqa: E402
from tests.connections import answers_gone_astray, connect_to, echo  # noqa: E402

PATH = sys.argv[1]


def main() -> None:
    connection = PipelinedConnection(lambda error: connect_to(PATH, 10), timeout=10, retry_after=1)
    jobs = [gevent.spawn(answers_gone_astray, connection, name, 100) for name in range(16)]
    gevent.joinall(jobs, raise_error=True)
    if any(job.value for job in jobs):
        sys.exit("an answer went astray")
    # While one greenlet waits for an answer, this one must run, because only this one makes the server answer.
    with redis.Redis(unix_socket_path=PATH) as client:
        client.client_pause(600_000, all=False)
        waiting = gevent.spawn(echo(connection, "late").result)
        gevent.sleep(0)
        client.client_unpause()
        if waiting.get() != "late":
            sys.exit("an answer went astray")
    print("every greenlet got its own answers")


main()
