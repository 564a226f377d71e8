"""Times as the API returns them."""

from __future__ import annotations

from datetime import UTC, datetime

from active_users.settings import active_users_settings


def to_time(milliseconds: int) -> datetime:
    """Aware, or naive and local if ``USE_TZ`` is false, as ``django.utils.timezone.now()`` is."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC if active_users_settings.USE_TZ else None)
