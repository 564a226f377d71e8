"""Settings of the tests' site. ``conftest.py`` points its cache at the embedded server."""

from pathlib import Path

SECRET_KEY = "only for tests"
ROOT_URLCONF = "tests.urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.humanize",
    "django_htmx",
    "active_users",
    "tests.forum",
    "tests.proxies",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "active_users.middleware.ActiveUsersSessionMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "DIRS": [Path(__file__).parent / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "active_users.context_processors.active_users",
            ]
        },
    }
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_URL = "/static/"
USE_TZ = True
ACTIVE_USERS_KEY_EXPIRE = 3600  # so that neither the window nor the touch interval ends during a test
ACTIVE_USERS_REDIS_TIMEOUT = 10  # so that nothing times out on a busy machine
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# For tests that install the debug toolbar, which reads these as soon as it is installed.
DEBUG_TOOLBAR_PANELS = ["debug_toolbar.panels.history.HistoryPanel", "active_users.debug_toolbar.ActiveUsersPanel"]
DEBUG_TOOLBAR_CONFIG = {"SHOW_TOOLBAR_CALLBACK": "builtins.bool"}
