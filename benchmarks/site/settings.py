"""
The settings of both sites, from the description in ``BENCHMARK_SITE``. They differ only where the packages do.

They are a module, as on real sites: Django reads settings from ``settings.configure()`` more slowly.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

from benchmarks.site.names import resolve_from

_site: dict[str, Any] = json.loads(os.environ["BENCHMARK_SITE"])
_is_ours = _site["package"] == "ours"

SECRET_KEY = "only for the benchmark"  # noqa: S105 - guards nothing
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "benchmarks.site.views"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    *(["active_users"] if _is_ours else []),
]
MIDDLEWARE = _site["middleware"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": _site["sqlite"]}}
CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": _site["redis_url"]}}

TEMPLATES = [
    {
        "NAME": name,
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).resolve().parent / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request", *processors]},
    }
    for name, processors in (
        ("with", ["active_users.context_processors.active_users"] if _is_ours else []),
        ("without", []),
    )
]

globals().update(_site["settings"])

if _site["names"]:
    resolve_from(_site["names"])

LOGGING_CONFIG = None
logging.getLogger().addHandler(logging.NullHandler())  # keeps what is logged while Redis fails off the terminal
