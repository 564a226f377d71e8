"""Checks before a deployment whether guests can be told apart."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.core.checks import CheckMessage

from active_users.settings import active_users_settings


def check_guests(**kwargs: Any) -> list[CheckMessage]:
    """Check that guests are counted behind a proxy that is trusted, as nearly all deployed sites have one."""
    if not active_users_settings.TRACK_GUESTS or active_users_settings.TRUSTED_PROXIES:
        return []
    return [
        checks.Warning(
            "ACTIVE_USERS_TRUSTED_PROXIES should name the proxies of the site where ACTIVE_USERS_TRACK_GUESTS is True: "
            "without it all visitors who come through one have its address, and count as a few guests.",
            hint='Set it to their addresses, such as ["10.0.0.0/8"], or ["unix"] for one behind a Unix socket. Silence '
            "this if the site has no proxy.",
            id="active_users.W010",
        )
    ]
