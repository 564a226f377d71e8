"""The example site with the page of ``pieces``."""

from tests.browser.settings import *  # noqa: F403

ROOT_URLCONF = "tests.browser.pieces"
ACTIVE_USERS_KEY_PREFIX = "every-piece"
