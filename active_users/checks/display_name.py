"""Says what people are listed as, where that may surprise."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Info

from active_users.names import username_unless_email
from active_users.settings import active_users_settings


def check_display_name() -> Iterator[CheckMessage]:
    user = get_user_model()
    if "DISPLAY_NAME" not in active_users_settings.written_names and user.get_email_field_name() == user.USERNAME_FIELD:
        default = f"{username_unless_email.__module__}.{username_unless_email.__qualname__}"
        yield Info(
            'People are listed as "Member 42", with their primary key, because they log in with their e-mail address, '
            "which is shown to nobody.",
            hint="Set ACTIVE_USERS_DISPLAY_NAME to the dotted path of a function that takes a user and returns the "
            f'name to show, or to "{default}" to leave it so.',
            id="active_users.I001",
        )
