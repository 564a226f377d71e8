"""What every page of the site needs to know."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from example_site.members import NEWCOMERS, REGULARS


def site(request: HttpRequest) -> dict[str, object]:
    """Whom a visitor may log in as, and which htmx the pages load."""
    return {"newcomers": NEWCOMERS, "regulars": REGULARS, "htmx_version": getattr(settings, "HTMX_VERSION", 2)}
