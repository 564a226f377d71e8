"""The example site with short times, except for the window, which ends only when a test makes it end."""

import os

from example_site.settings import *  # noqa: F403
from tests.browser.running_site import WINDOW

HTMX_VERSION = int(os.environ.get("HTMX_VERSION", "2"))
ACTIVE_USERS_KEY_PREFIX = f"browser-{HTMX_VERSION}"
ACTIVE_USERS_KEY_EXPIRE = WINDOW
ACTIVE_USERS_TOUCH_INTERVAL = 0
ACTIVE_USERS_REFRESH_SECONDS = 1
ACTIVE_USERS_RETRY_AFTER = 1
