"""The example site, whose admin shows who of the users is online."""

from tests.browser.settings import *  # noqa: F403

ROOT_URLCONF = "tests.browser.admin_urls"
ACTIVE_USERS_KEY_PREFIX = "browser-admin"
