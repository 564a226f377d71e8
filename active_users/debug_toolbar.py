"""A panel for django-debug-toolbar: was this request noted, and if not, why? Nothing else imports this."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import wraps
from inspect import iscoroutinefunction
from time import perf_counter
from typing import Any, Final

from debug_toolbar.panels import Panel
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from active_users.exceptions import ActiveUsersUnavailable
from active_users.settings import active_users_settings
from active_users.store.current import get_store
from active_users.visits import counting, noting
from active_users.visits.counting import counts_in
from active_users.visits.visit import Reason, get_visit

__all__ = ["ActiveUsersPanel"]

REASONS: Final[dict[Reason, Any]] = {
    "noted": _("This request was noted, so the person who made it counts."),
    "a moment ago": _(
        "This process looked at this browser less than a touch interval ago, and noted its person or found that they "
        "are hidden. It looks again when the interval is over."
    ),
    "still counts": _("The person was noted lately and still counts. One of their next requests will be noted."),
    "exempt view": _("The view is exempt: it is marked with @active_users_exempt."),
    "excluded path": _("The path matches one of ACTIVE_USERS_EXCLUDE_URL_PATTERNS."),
    "no session": _("There is no session, and nobody was logged in when the response was ready."),
    "unread": _(
        "Nobody looked for the user, because the session is not one of Django's, so looking could leave a trace. "
        "People are noted on pages that ask for the user themselves."
    ),
    "nobody": _("Nobody is logged in. Visitors count as guests by the polls of a page with a live piece."),
    "hidden": _("ACTIVE_USERS_IS_HIDDEN hides the person, or their account is inactive."),
    "forgotten": _("The person logged out, or was forgotten, during the request."),
    "paused": _("Redis is failing, so nobody was looked for."),
    "failed": _("Finding out who made the request raised an error, which the logger “active_users” has."),
}
UNSEEN: Final = _(
    "The middleware of active users did not see the request: it is missing from MIDDLEWARE, another middleware before "
    "it has answered, or a subclass of it has declined."
)

# What the requests that are being looked at have spent with us, in seconds.
_spent: ContextVar[list[float] | None] = ContextVar("active_users_spent", default=None)


def _timed(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def timed(*arguments: Any, **options: Any) -> Any:
        spent, began = _spent.get(), perf_counter()
        try:
            return function(*arguments, **options)
        finally:
            if spent is not None:
                spent.append(perf_counter() - began)

    @wraps(function)
    async def timed_async(*arguments: Any, **options: Any) -> Any:
        spent, began = _spent.get(), perf_counter()
        try:
            return await function(*arguments, **options)
        finally:
            if spent is not None:
                spent.append(perf_counter() - began)

    return timed_async if iscoroutinefunction(function) else timed


class ActiveUsersPanel(Panel):
    """Add ``"active_users.debug_toolbar.ActiveUsersPanel"`` to ``DEBUG_TOOLBAR_PANELS``."""

    is_async = True
    title = pgettext_lazy("active users", "Active users")
    template = "active_users/debug_toolbar.html"

    @classmethod
    def ready(cls) -> None:
        """Measure what the middleware calls, if it is not measured already."""
        for module, names in (
            (noting, ("should_note_before_view", "should_note_after_response", "note", "anote")),
            (counting, ("ask_ahead",)),
        ):
            for name in names:
                if not hasattr(getattr(module, name), "__wrapped__"):
                    setattr(module, name, _timed(getattr(module, name)))

    @property
    def nav_subtitle(self) -> str:
        stats = self.get_stats()  # type: ignore[no-untyped-call]
        if stats.get("is_noted"):
            return pgettext("active users", "Noted")
        return gettext("Noted a moment ago") if stats.get("counts_already") else pgettext("active users", "Not noted")

    def enable_instrumentation(self) -> None:
        self._times: list[float] = []
        _spent.set(self._times)

    def disable_instrumentation(self) -> None:
        _spent.set(None)

    def generate_stats(self, request: HttpRequest, response: HttpResponseBase) -> None:
        visit = get_visit(request)
        reason, identity = (None, "") if visit is None else (visit.reason, visit.identity)
        stats = _ask_redis(identity)
        stats |= {
            "is_noted": reason == "noted",
            "counts_already": reason in ("a moment ago", "still counts") and stats.get("last_seen") is not None,
            "reason": str(UNSEEN if reason is None else REASONS[reason]),
            "identity": identity,
            "milliseconds": f"{sum(self._times) * 1000:.2f}",
            "window": f"{active_users_settings.KEY_EXPIRE:g}",
            "touch_interval": f"{active_users_settings.TOUCH_INTERVAL:g}",
        }
        self.record_stats(stats)  # type: ignore[no-untyped-call]


def _ask_redis(identity: str) -> dict[str, Any]:
    """The numbers, and whether somebody counts. All that is shown is text or numbers, because the toolbar stores it."""
    try:
        store = get_store()
        paused = store.connection.paused_since
        if paused is not None:
            return {"paused_since": datetime.fromtimestamp(paused, UTC).isoformat(" ", "seconds")}
        counts = counts_in([])[0]
        last_seen = store.last_seen([identity]).get(identity) if identity else None
    except ActiveUsersUnavailable as error:
        return {"error": str(error)}
    return {
        "users": counts.users,
        "guests": counts.guests if store.has_guests else None,
        "last_seen": last_seen and datetime.fromtimestamp(last_seen / 1000, UTC).isoformat(" ", "seconds"),
    }
