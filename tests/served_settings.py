"""The settings of the tests' site under a real server. Environment variables override them."""

import json
import os
from typing import Any

from tests.settings import *  # noqa: F403

PATIENT: Any = {"timeout": 60, "init_command": "PRAGMA synchronous = OFF"}  # for many log-ins on a busy machine
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"], "OPTIONS": PATIENT},
}
CACHES = {"default": {"BACKEND": os.environ["CACHE_BACKEND"], "LOCATION": os.environ["REDIS_URL"]}}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"active_users": {"handlers": ["console"], "level": "INFO"}},
}
globals().update(json.loads(os.environ.get("OVERRIDES", "{}")))
