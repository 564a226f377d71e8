"""
``python documented_site.py PAGE REDIS``: does what a page of the documentation says.

The current folder has to hold what ``startproject mysite`` makes. The site is set up as the README says, with all the
files of the page. Its settings are checked after each block that changes them. Then its templates are rendered and its
functions called, for somebody who is logged in. A message of a check, a warning in the log or an exception fails it.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import os
import re
import shlex
import sys
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT
from importlib import import_module
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import run_checks
from django.core.management import call_command
from django.template import engines
from django.test import Client, override_settings

sys.path[:1] = [".", str(Path(__file__).parents[1])]  # not the folder of the tests

from tests.documents import Block, Page  # noqa: E402 - now it can be imported

ANY_REDIS = "redis://localhost:6379"
SETTINGS, URLS = Path("mysite/settings.py"), Path("mysite/urls.py")

# What a page may assume. Each is left out if the page does it itself.
SET_UP = [
    'INSTALLED_APPS += ["django_htmx", "active_users"]',
    'MIDDLEWARE += ["active_users.middleware.ActiveUsersSessionMiddleware"]',
    'TEMPLATES[0]["OPTIONS"]["context_processors"] += [',
    '    "active_users.context_processors.active_users"\n]',
]
INCLUDE = 'from django.urls import include\n\nurlpatterns += [path("", include("active_users.urls"))]\n'


class Warnings(logging.Handler):
    """Collects what the package logs at the level WARNING or above."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def make_site(page: Page, redis: str) -> None:
    """Everything that the page assumes."""
    set_up = "\n".join(line for line in SET_UP if line not in page.text)
    with SETTINGS.open("a") as file:
        file.write(f'\n{set_up}\nTEMPLATES[0]["DIRS"] += [BASE_DIR / "templates"]\n')
        file.write(f'CACHES = {{"default": {{"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "{redis}"}}}}\n')
        file.write('ALLOWED_HOSTS = ["testserver"]\nACTIVE_USERS_REDIS_TIMEOUT = 10\n')
    with URLS.open("a") as file:
        file.write("" if any(block.file == str(URLS) for block in page.blocks) else INCLUDE)
    Path("templates").mkdir()
    for name in re.findall(r"""(?:extends|render\(request,) "([\w.]+\.html)\"""", page.text):
        Path("templates", name).touch()


def write_files(blocks: list[Block], redis: str) -> list[Path]:
    """Add the blocks that have a file to it. Returns the modules, apart from settings and URLs."""
    modules: list[Path] = []
    for block in blocks:
        path = SETTINGS if block.is_settings else Path(block.file)
        if block.file or block.is_settings:
            path.parent.mkdir(parents=True, exist_ok=True)
            is_new = not path.exists() or path.suffix == ".html"
            path.write_text(("" if is_new else path.read_text()) + block.code.replace(ANY_REDIS, redis) + "\n")
        if path.suffix == ".py" and path not in (SETTINGS, URLS, *modules):
            modules.append(path)
    return modules


def check_settings(before: str, blocks: list[Block], redis: str) -> None:
    """Run the system checks after each of these blocks."""
    unwritten, names = ({"__file__": str(SETTINGS.resolve())} for _ in range(2))
    exec(before, unwritten)  # noqa: S102
    exec(before, names)  # noqa: S102
    for block in blocks:
        exec(block.code.replace(ANY_REDIS, redis), names)  # noqa: S102
        written = {name for name in names if name.isupper() and names[name] != unwritten.get(name)}
        with override_settings(**{name: names[name] for name in written}):
            for name in set(dir(settings)) - set(names):
                if name.startswith("ACTIVE_USERS_"):  # of a block further down
                    delattr(settings, name)
            messages = [message for message in run_checks() if not message.is_silenced()]
            assert messages == [], f"line {block.line}: {messages}"


def call(function: Any, arguments: dict[str, Any]) -> None:
    """Call ``function`` if it takes nothing but a request or a user."""
    parameters = list(inspect.signature(function).parameters)
    if len(parameters) == 1 and parameters[0] in arguments:
        outcome = function(arguments[parameters[0]])
        if inspect.isawaitable(outcome):
            asyncio.run(_wait_for(outcome))


async def _wait_for(outcome: Any) -> Any:
    return await outcome


def run_python(block: Block, names: dict[str, Any]) -> None:
    before = set(names)
    outcome = eval(compile(block.code, f"line {block.line}", "exec", PyCF_ALLOW_TOP_LEVEL_AWAIT), names)  # noqa: S307
    if inspect.isawaitable(outcome):
        asyncio.run(_wait_for(outcome))
    for name in set(names) - before:
        if inspect.isfunction(names[name]) and names[name].__module__ == __name__:
            call(names[name], names)


def run_commands(block: Block) -> None:
    lines = block.code.splitlines()
    commands = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")] or lines  # the rest is their output
    for line in commands:
        program, script, *arguments = shlex.split(line, comments=True)
        assert (program, script) == ("python", "manage.py"), f"Say why {line!r} is not run, or let the test run it."
        call_command(*arguments)


def render(block: Block, names: dict[str, Any]) -> None:
    engine = engines["jinja2" if block.language == "jinja" else "django"]
    context = {"article": names["user"], "posts": [], "members": names["users"]}
    engine.from_string(block.code).render(context, names["request"])


def run(modules: list[Path], blocks: list[Block], names: dict[str, Any]) -> None:
    for module in modules:
        found = import_module(".".join(module.with_suffix("").parts))
        for function in vars(found).values():
            if inspect.isfunction(function) and function.__module__ == found.__name__:
                call(function, names)
    for block in blocks:
        if block.file.startswith("templates/active_users/"):
            pass  # it takes the place of ours, and is shown by the tags in the other blocks
        elif block.language in ("html+django", "jinja"):
            render(block, names)
        elif block.language == "python" and not block.file:
            run_python(block, names)
        elif block.language == "json":
            json.loads(block.code)
        elif block.language == "console":
            run_commands(block)


def main(path: str, redis: str) -> None:
    page = Page(Path(path))
    blocks = [block for block in page.blocks if not block.excuse]
    os.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
    make_site(page, redis)
    of_settings = [block for block in blocks if block.is_settings]
    others = [block for block in blocks if not block.is_settings]
    modules = write_files(others, redis)
    before = SETTINGS.read_text()
    write_files(of_settings, redis)
    if f'"LOCATION": "{redis}"' not in SETTINGS.read_text().rpartition("CACHES = ")[2]:
        SETTINGS.write_text(before)  # these settings lead to other servers, so they are only checked
    handler = Warnings()
    logging.getLogger("active_users").addHandler(handler)
    django.setup()
    check_settings(before, of_settings, redis)
    call_command("migrate", verbosity=0)

    user = get_user_model().objects.create_superuser("ada")
    client = Client()
    client.force_login(user)
    response = client.get("/admin/")
    assert response.status_code == 200
    request = response.wsgi_request
    names: dict[str, Any] = {"__name__": __name__, "user": user, "users": [user], "request": request}
    run(modules, others, names)
    assert not handler.lines, handler.lines


if __name__ == "__main__":
    main(*sys.argv[1:])
