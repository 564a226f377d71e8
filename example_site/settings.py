"""
Settings of the example site.

``REDIS_URL`` and ``EXAMPLE_SITE_DATABASE``, the path of the SQLite file, come from environment variables.
"""

import os
from pathlib import Path

HERE = Path(__file__).resolve().parent

# Everybody can log in as anybody, so there is nothing to protect.
SECRET_KEY = "the example site has no secrets"  # noqa: S105
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]

# --- What django-active-users needs -------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "active_users",
]
MIDDLEWARE = [
    "example_site.content_security_policy.content_security_policy",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "active_users.middleware.ActiveUsersSessionMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "active_users.context_processors.active_users",
                "example_site.context_processors.site",
            ]
        },
    }
]
CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": os.environ["REDIS_URL"]}}

ACTIVE_USERS_KEY_PREFIX = "example-site"
ACTIVE_USERS_KEY_EXPIRE = 20
ACTIVE_USERS_REFRESH_SECONDS = 2
ACTIVE_USERS_TRACK_GUESTS = True
ACTIVE_USERS_TRUSTED_PROXIES = ["127.0.0.1"]  # the simulated visitors say where they come from, as a proxy would

# --- The rest is like any other site's ----------------------------------------------------------------------------

ROOT_URLCONF = "example_site.urls"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("EXAMPLE_SITE_DATABASE", HERE / "example_site.sqlite3"),
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Names of their own, because browsers share cookies between the ports of a host. So the demo logs nobody out elsewhere.
SESSION_COOKIE_NAME = "lantern_session"
CSRF_COOKIE_NAME = "lantern_csrf"
LOGIN_URL = "log_in"
LOGIN_REDIRECT_URL = "home"
STATIC_URL = "/static/"
STATICFILES_DIRS = [HERE / "static"]
LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = "UTC"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{levelname}: {message}", "style": "{"}},
    "handlers": {"terminal": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["terminal"], "level": "WARNING"},
    "loggers": {
        "active_users": {"level": "INFO"},
        "django.request": {"level": "ERROR"},
        "django.server": {"level": "CRITICAL"},
    },
}
