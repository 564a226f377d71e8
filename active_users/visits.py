"""A request's way: does it count, who is behind it, were they noted a moment ago."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.utils.functional import LazyObject, SimpleLazyObject, empty

from active_users.connection import Reply
from active_users.current_store import get_store
from active_users.decorators import is_exempt
from active_users.memo import Memo
from active_users.settings import active_users_settings
from active_users.store import ActiveUserStore, Answer

logger = logging.getLogger("active_users")

_memo = Memo()


@dataclass(slots=True)
class Visit:
    """
    What is known of a request. ``is_settled``: somebody was noted for it, or nobody is to be.

    ``note`` is the answer to the note, how many users are active; ``count`` is that number once it was read.
    """

    is_settled: bool = False
    note: Reply[int] | None = None
    count: int | None = None


def get_visit(request: HttpRequest) -> Visit | None:
    """The visit that ``request`` is, or ``None`` where no view was reached yet or the middleware is not installed."""
    return getattr(request, "active_users_visit", None)


def is_new(request: HttpRequest, view: Callable[..., Any] | None = None) -> bool:
    """Whether somebody may be behind ``request`` whom ``note()`` should look up."""
    visit = Visit()
    request.active_users_visit = visit  # type: ignore[attr-defined]
    if (view is not None and is_exempt(view)) or _is_excluded(request):
        visit.is_settled = True
        return False
    key = _memo_key(request)
    if key is None or not hasattr(request, "user"):
        return False
    known = _memo.recall(key, active_users_settings.TOUCH_INTERVAL)
    visit.is_settled = bool(known)
    return known is None


def is_late(request: HttpRequest) -> bool:
    """After the response: whether ``note()`` should look up somebody who is known only now, or still was not asked."""
    visit = get_visit(request)
    if visit is None:  # no view was reached
        return is_new(request)
    if visit.is_settled:
        return False
    user = getattr(request, "user", None)
    return user is not None and not _is_unasked(user) and user.is_authenticated


def note(request: HttpRequest) -> None:
    """Note the person behind ``request``, if there is one."""
    store = get_store()
    if store.connection.is_paused:
        return
    with _LeavingNoTrace(request):
        _note_user(request, store)


async def anote(request: HttpRequest) -> None:
    """See ``note()``."""
    store = get_store()
    if store.connection.is_paused:
        return
    with _LeavingNoTrace(request):
        if _is_unasked(request.user):
            request.user = await request.auser()
        if store.connection.is_ready:
            _note_user(request, store)
        else:
            await sync_to_async(_note_user, thread_sensitive=False)(request, store)


def forget(identity: str) -> Reply[bool]:
    """Let a person be active no more, at once; the answer is whether they were."""
    _memo.forget(identity)
    return get_store().forget(identity)


def forget_on_logout(request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Receiver of ``user_logged_out``."""
    if user is None:
        return
    visit = get_visit(request)
    if visit is not None:
        visit.note = visit.count = None
    with _LeavingNoTrace(request):
        forget(active_users_settings.KEY_CLASS.create_from_request(request).identity)


def forget_deleted(instance: Any, **kwargs: Any) -> None:
    """Receiver of ``post_delete`` for the user model."""
    try:
        forget(active_users_settings.KEY_CLASS.identity_of(instance))
    except ImproperlyConfigured:
        logger.exception("Cannot forget the deleted user %s; they are active until the window has passed", instance.pk)


def clear() -> Answer[bool]:
    """Let nobody be active; the answer is whether anybody was."""
    _memo.clear()
    return get_store().clear()


def _is_excluded(request: HttpRequest) -> bool:
    if "prefetch" in (request.META.get("HTTP_SEC_PURPOSE") or request.META.get("HTTP_PURPOSE") or ""):
        return True
    for pattern in active_users_settings.EXCLUDE_URL_PATTERNS:  # noqa: SIM110 (a generator would cost more than the rest)
        if _compile(pattern).search(request.path):
            return True
    return False


@lru_cache(maxsize=256)
def _compile(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:  # which is a system check too, but no page shall fail for it
        logger.error("ACTIVE_USERS_EXCLUDE_URL_PATTERNS: %r is no regular expression: %s", pattern, error)
        return re.compile(r"(?!)")  # matches nothing


def _memo_key(request: HttpRequest, identity: str = "") -> tuple[str, ...] | None:
    """A visitor is known by their session cookie; one who has none, by their identity once it is known."""
    cookie = request.COOKIES.get(active_users_settings.SESSION_COOKIE_NAME)
    if cookie:
        return "cookie", cookie
    return ("identity", active_users_settings.KEY_PREFIX, identity) if identity else None


def _note_user(request: HttpRequest, store: ActiveUserStore) -> None:
    identity = ""
    if request.user.is_authenticated:
        entry = active_users_settings.KEY_CLASS.create_from_request(request)
        identity = entry.identity
    is_hidden = bool(identity) and _is_hidden(request)
    visit, key = get_visit(request), _memo_key(request, identity)
    if visit is None or key is None or _memo.recall(key, active_users_settings.TOUCH_INTERVAL) == identity:
        return
    _memo.remember(key, identity)
    if is_hidden:
        visit.is_settled = True
        store.forget(identity)  # who was noted before they hid
    elif identity:
        visit.is_settled = True
        reply = store.note(identity, entry.dump(), on_failure=partial(_memo.discard, key))
        if store.shards == 1:  # else it tells of one shard only
            visit.note = reply


def _is_hidden(request: HttpRequest) -> bool:
    is_hidden = active_users_settings.IS_HIDDEN
    return not request.user.is_active or (is_hidden is not None and bool(is_hidden(request)))


def _is_unasked(user: Any) -> bool:
    return isinstance(user, LazyObject) and user._wrapped is empty


class _LeavingNoTrace:
    """
    Look at the session and the user without the response varying by cookie for it.

    A mistake in a site's own code, such as its entry class, is logged and harms no page.
    """

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.session: Any = getattr(request, "session", None)
        self.was_accessed = self.session is None or self.session.accessed

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> bool:
        if isinstance(error, Exception):
            logger.error("Cannot tell who is behind %s", self.request.path, exc_info=error)
        if not self.was_accessed and self.session.accessed:
            _leave_unread(self.request)
        return isinstance(error, Exception)


def _leave_unread(request: HttpRequest) -> None:
    """
    Let the session look unread, until somebody asks for the user.

    What was loaded stays loaded for them. But reading a session that holds nobody may have changed it (one that has
    expired loses its key, and its cookie would be deleted), so that one is laid anew.
    """
    user = request.user
    if _is_unasked(user):
        request.session.accessed = False
        return
    if not user.is_authenticated:
        request.session = type(request.session)(request.COOKIES.get(active_users_settings.SESSION_COOKIE_NAME))
    elif not request.session.modified:
        request.session.accessed = False
    else:
        return

    def get_user() -> Any:
        request.session.get(SESSION_KEY)
        return user

    async def aget_user() -> Any:
        await request.session.aget(SESSION_KEY)
        return user

    request.user = SimpleLazyObject(get_user)  # type: ignore[assignment]
    request.auser = aget_user
