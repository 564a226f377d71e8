"""
The settings of both sites, from a description in ``BENCHMARK_SITE``; where they differ, the packages differ.

A module, as real sites have one: with ``settings.configure()`` Django takes longer to read them.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

# package ("ours" or "peers"), redis_url, database (a file or ":memory:"), settings (those of the package), middleware
_site: dict[str, Any] = json.loads(os.environ["BENCHMARK_SITE"])
_is_ours = _site["package"] == "ours"

SECRET_KEY = "only for the benchmark"  # noqa: S105 - guards nothing
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "benchmarks.site.urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    *(["active_users"] if _is_ours else []),
]
MIDDLEWARE = _site["middleware"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": _site["database"]}}
CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": _site["redis_url"]}}
USE_TZ = True


def _engine(name: str, *context_processors: str) -> dict[str, Any]:
    return {
        "NAME": name,
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).resolve().parent / "templates"],
        "OPTIONS": {"context_processors": ["django.template.context_processors.request", *context_processors]},
    }


TEMPLATES = [
    _engine("with", *(["active_users.context_processors.active_users"] if _is_ours else [])),
    _engine("without"),
]

globals().update(_site["settings"])

LOGGING_CONFIG = None
logging.getLogger().addHandler(logging.NullHandler())  # what Redis's failures log is not for the terminal
