"""The example site with short times, but for the window, which passes only when a test says so."""

import os

from example_site.settings import *  # noqa: F403
from tests.browser.running_site import WINDOW

HTMX_VERSION = int(os.environ.get("HTMX_VERSION", "2"))
ACTIVE_USERS_KEY_PREFIX = f"browser-{HTMX_VERSION}"
ACTIVE_USERS_KEY_EXPIRE = WINDOW
ACTIVE_USERS_TOUCH_INTERVAL = 0
ACTIVE_USERS_REFRESH_SECONDS = 1
ACTIVE_USERS_RETRY_AFTER = 1
