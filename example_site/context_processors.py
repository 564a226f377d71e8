"""Variables for every page."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from example_site.members import NEWCOMERS, REGULARS


def site(request: HttpRequest) -> dict[str, object]:
    """The people whom visitors can log in as, and the version of htmx to load."""
    return {"newcomers": NEWCOMERS, "regulars": REGULARS, "htmx_version": getattr(settings, "HTMX_VERSION", 2)}
