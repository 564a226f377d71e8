"""Entry classes such as sites write."""

from __future__ import annotations

from typing import Any

from active_users.keys import AbstractActiveUserEntry, ActiveUserEntry


class ServiceEntry(ActiveUserEntry):
    """The example in the documentation of 0.4.1, word for word."""

    fields = ("service_id",) + ActiveUserEntry.fields  # noqa: RUF005

    @classmethod
    def create_from_request(cls, request: Any) -> Any:
        instance: Any = super(ServiceEntry, cls).create_from_request(request)  # noqa: UP008
        instance.service_id = request.META.get("HTTP_SERVICE_ID", "")
        return instance


class DeviceEntry(AbstractActiveUserEntry):
    """One entry per device, as a site could write it for 0.4.1."""

    fields = ("user_id", "agent")

    @classmethod
    def create_from_request(cls, request: Any) -> Any:
        instance: Any = cls()
        instance.user_id = request.user.id
        instance.agent = request.META.get("HTTP_USER_AGENT", "")
        return instance


class BrokenEntry(ActiveUserEntry):
    """Raises an error."""

    @classmethod
    def create_from_request(cls, request: Any) -> Any:
        return 1 / 0


class SessionEntry(AbstractActiveUserEntry):
    """One entry per session."""

    fields = ("session",)

    @classmethod
    def create_from_request(cls, request: Any) -> Any:
        instance: Any = cls()
        instance.session = request.session.session_key
        return instance


def as_stored(payload: str | bytes, *, since: int = 0) -> bytes:
    """An entry as Redis holds it. ``since`` is in seconds since 1970."""
    digits = bytes(since >> shift & 127 for shift in (21, 14, 7, 0))
    return digits + (payload.encode() if isinstance(payload, str) else payload)
