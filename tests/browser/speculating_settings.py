"""The example site with the pages of ``speculating``, whose rules are inline."""

from tests.browser.settings import *  # noqa: F403

ROOT_URLCONF = "tests.browser.speculating_urls"
ACTIVE_USERS_KEY_PREFIX = "speculating"
MIDDLEWARE = MIDDLEWARE[1:]  # noqa: F405 # without the Content-Security-Policy
