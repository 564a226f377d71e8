"""One wording for every mistake in a setting."""

from __future__ import annotations

from django.core.checks import Error

from active_users.settings import active_users_settings


def should(name: str, expectation: str, hint: str, check_id: str) -> Error:
    """``ACTIVE_USERS_<name> should <expectation>, not <its value>.``"""
    value = getattr(active_users_settings, name)
    return Error(f"ACTIVE_USERS_{name} should {expectation}, not {value!r}.", hint=hint, id=f"active_users.{check_id}")


def should_be_importable(name: str, wanted: str, error: Exception, check_id: str) -> Error:
    """``ACTIVE_USERS_<name> should be the dotted path to <wanted>, but it cannot be imported: <error>.``"""
    return Error(
        f"ACTIVE_USERS_{name} should be the dotted path to {wanted}, but it cannot be imported: {error}.",
        hint='Set it to a string such as "shop.rules.name", or remove it to get the default.',
        id=f"active_users.{check_id}",
    )
