"""The example site in a hurry: short times, and keys in Redis that are this process's own."""

import os

from example_site.settings import *  # noqa: F403
from tests.browser.running_site import WINDOW

HTMX_VERSION = int(os.environ.get("HTMX_VERSION", "2"))
ACTIVE_USERS_KEY_PREFIX = f"browser-{os.getpid()}"
ACTIVE_USERS_KEY_EXPIRE = WINDOW
ACTIVE_USERS_REFRESH_SECONDS = 1
ACTIVE_USERS_RETRY_AFTER = 1
