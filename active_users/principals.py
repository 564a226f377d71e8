"""Tells people from the other things that a site may put in ``request.user``, and whom to hide."""

from __future__ import annotations

import logging
from typing import Any

from django.http import HttpRequest

from active_users.lazy import unwrap
from active_users.logs import log_once
from active_users.settings import active_users_settings


def is_person(principal: Any) -> bool:
    """Whether ``principal`` is logged in and is a user who has been saved. Anything else is nobody."""
    principal = unwrap(principal)
    if not getattr(principal, "is_authenticated", False):
        return False
    if not is_user(principal):
        kind = principal.__class__
        log_once(
            logging.WARNING,
            "%s.%s has no pk or no get_username(), so it is not noted. If it stands for a user, call "
            "active_users.api.note(user) in the view.",
            kind.__module__,
            kind.__qualname__,
        )
        return False
    return principal.pk is not None


def require_user(found: Any) -> None:
    """Raise ``TypeError`` if ``found`` is not a user object, which need not have been saved."""
    if not is_user(found):
        raise _not_a_user(found)


def require_principal(found: Any) -> None:
    """
    Raise ``TypeError`` if ``found`` does not even say whether it is logged in.

    What does need not be a user: ``request.auth`` may be a service, which is nobody.
    """
    if not hasattr(found, "is_authenticated"):
        raise _not_a_user(found)


def is_user(found: Any) -> bool:
    """Whether ``found`` is a user object, logged in or not, which need not have been saved."""
    return hasattr(found, "pk") and hasattr(found, "get_username") and not isinstance(found, type)


def _not_a_user(found: object) -> TypeError:
    return TypeError(
        f"user should be a user object, such as request.user, not {found!r}. If you have only a primary key, pass "
        "get_user_model()(pk=…)."
    )


def is_hidden(request: HttpRequest) -> bool:
    """Whether the person who made ``request`` is not to be noted: inactive, or hidden by the site's rule."""
    if not getattr(unwrap(request.user), "is_active", True):
        return True
    rule = active_users_settings.IS_HIDDEN
    try:
        return rule is not None and bool(rule(request))
    except Exception as error:
        error.add_note("Raised by the rule of ACTIVE_USERS_IS_HIDDEN, which is called with a request.")
        raise
