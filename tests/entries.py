"""Entry classes as sites write them."""

from __future__ import annotations

from typing import Any

from active_users.keys import AbstractActiveUserEntry, ActiveUserEntry


class ServiceEntry(ActiveUserEntry):
    """As the documentation of 0.4.1 has it."""

    fields = ("service_id",) + ActiveUserEntry.fields  # noqa: RUF005

    @classmethod
    def create_from_request(cls, request: Any) -> Any:
        instance: Any = super(ServiceEntry, cls).create_from_request(request)  # noqa: UP008
        instance.service_id = request.META.get("HTTP_SERVICE_ID", "")
        return instance


class DeviceEntry(AbstractActiveUserEntry):
    """As one could write for 0.4.1: an entry for each device."""

    fields = ("user_id", "agent")

    @classmethod
    def create_from_request(cls, request: Any) -> Any:
        instance: Any = cls()
        instance.user_id = request.user.id
        instance.agent = request.META.get("HTTP_USER_AGENT", "")
        return instance


class BrokenEntry(ActiveUserEntry):
    """With a mistake in it."""

    @classmethod
    def create_from_request(cls, request: Any) -> Any:
        return 1 / 0
