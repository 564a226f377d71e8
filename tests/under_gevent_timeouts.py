"""Run by a test as a separate process: time limits interrupt some greenlets, while bystanders go on asking."""

from gevent import monkey

monkey.patch_all()

import os  # noqa: E402
import sys  # noqa: E402
from random import SystemRandom  # noqa: E402

import django  # noqa: E402
import gevent  # noqa: E402

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
sys.path.insert(0, os.getcwd())
django.setup()

from active_users.connections.pipelined import PipelinedConnection  # noqa: E402
from tests.connections import answers_gone_astray, connect_to, echo  # noqa: E402

PATH = sys.argv[1]
INTERRUPTIONS = 3000

chance = SystemRandom()


def hurry(connection: PipelinedConnection, number: int) -> int:
    """Ask under a time limit that is too short, again and again. Returns how many answers went astray."""
    astray = interrupted = 0
    while interrupted < number:
        with gevent.Timeout(chance.uniform(0, 5e-4), False):
            while True:
                astray += echo(connection, "hurried").result() != "hurried"
        interrupted += 1
    return astray


def stand_by(connection: PipelinedConnection, hurried: "list[gevent.Greenlet]") -> list[str]:
    astray = []
    while not all(job.ready() for job in hurried):
        astray += answers_gone_astray(connection, "bystander", 10)
    return astray


def main() -> None:
    connection = PipelinedConnection(lambda error: connect_to(PATH, 30), timeout=30, retry_after=0.05)
    hurried = [gevent.spawn(hurry, connection, INTERRUPTIONS // 3) for _ in range(3)]
    bystanders = [gevent.spawn(stand_by, connection, hurried) for _ in range(3)]
    with gevent.Timeout(90):
        gevent.joinall([*hurried, *bystanders], raise_error=True)
    if any(job.value for job in [*hurried, *bystanders]):
        sys.exit("an answer went astray")
    print("every bystander got its own answers")


main()
