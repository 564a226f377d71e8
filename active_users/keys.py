"""Entry classes: what is stored about an active user. A site may subclass them."""

from __future__ import annotations

import json
import logging
from base64 import urlsafe_b64encode
from functools import lru_cache
from hashlib import blake2b
from json.encoder import encode_basestring
from typing import Any, ClassVar, Self

from django.core.exceptions import ImproperlyConfigured, SynchronousOnlyOperation
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from active_users.client_ip import anonymize, find_client_ip
from active_users.lazy import unwrap
from active_users.logs import log_once
from active_users.settings import active_users_settings

__all__ = ["AbstractActiveUserEntry", "ActiveUserEntry"]

_MARK_LENGTH = 3
_decode = json.JSONDecoder().raw_decode  # what json.loads() does, in a third of the time


class AbstractActiveUserEntry:
    """
    One active user, as stored. A subclass lists its ``fields`` and fills them in ``create_from_request``.

    Two requests are from the same person if their entries agree in all ``identity_fields``, or in all ``fields`` if the
    class has no ``identity_fields``.
    """

    fields: ClassVar[tuple[str, ...]] = ()
    identity_fields: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Fields are empty until they are filled."""
        super().__init_subclass__(**kwargs)
        for field in cls.fields:
            if not hasattr(cls, field):
                setattr(cls, field, "")

    @classmethod
    def create_from_request(cls, request: HttpRequest) -> Self:
        """
        The entry of the person who made ``request``. Called only if ``request.user`` is logged in and saved.

        ``api.note(user)`` calls it with an ``HttpRequest`` that has a ``user`` and nothing else: no headers, address or
        session. An error raised here is logged and does not fail the page. ``api.note()`` raises it.
        """
        raise NotImplementedError(f"{cls.__name__} should override create_from_request().")

    @classmethod
    def identity_of(cls, user: Any) -> str:
        """
        The ``identity`` under which ``user`` is stored, for ``is_active()``, ``get_last_seen()`` and ``forget()``.

        Raises ``ImproperlyConfigured`` if ``user_id`` is not what identifies the entries of this class.
        """
        names = cls.identity_fields or cls.fields
        if names != ("user_id",):
            raise ImproperlyConfigured(
                f"{cls.__name__} tells active users apart by {names!r}, so a user alone does not identify an entry. "
                f'Set identity_fields = ("user_id",), or override identity_of().'
            )
        entry = cls()
        entry.user_id = str(user.pk)  # type: ignore[attr-defined]
        return entry.identity

    @property
    def identity(self) -> str:
        """The same text for all entries of one active user, at most 64 characters."""
        values = [_to_text(getattr(self, name, "")) for name in self.identity_fields or self.fields]
        identity = values[0] if len(values) == 1 else _to_json(values)
        if len(identity) > 64:
            identity = blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        return identity

    def to_dict(self) -> dict[str, str]:
        """The fields and their values, which are strings."""
        return {
            field: value if type(value := getattr(self, field)) is str else _to_text(value) for field in self.fields
        }

    def dump(self) -> str:
        """
        A compact JSON array: the marks of all fields as one string, then the values.

        A mark is three characters that stand for a field's name, which would take more memory per person.
        """
        return _to_json([_marks(self.fields), *(_to_text(getattr(self, field, "")) for field in self.fields)])

    @classmethod
    def load(cls, payload: str) -> Self:
        """
        The inverse of ``dump()``.

        Fields that the payload lacks stay empty, for example just after a deployment that added a field. If the payload
        cannot be read, all fields stay empty.
        """
        entry = cls()
        try:
            values = iter(_decode(payload)[0])
            marks = next(values)
            if marks != _marks(cls.fields):
                stored = dict(zip(_split(marks), values, strict=False))
                values = iter([stored.get(_mark(field), "") for field in cls.fields])
        except (StopIteration, TypeError, ValueError):
            return entry
        for field, value in zip(cls.fields, values):  # noqa: B905 - naming strict takes a tenth of the whole time
            setattr(entry, field, value)
        return entry


class ActiveUserEntry(AbstractActiveUserEntry):
    """The default: one entry per user, with the session and address of their latest request."""

    fields: ClassVar[tuple[str, ...]] = ("user_id", "session_id", "ip", "username")
    identity_fields: ClassVar[tuple[str, ...]] = ("user_id",)

    user_id: str
    session_id: str
    ip: str
    username: str

    @classmethod
    def create_from_request(cls, request: HttpRequest) -> Self:
        entry, user = cls(), unwrap(request.user)
        entry.user_id = str(user.pk)
        entry.username = _name_of(user)
        entry.add_session_and_address(request)
        return entry

    def add_session_and_address(self, request: HttpRequest) -> None:
        """What ``request`` says without its user."""
        self.session_id = digest_session_key(getattr(request, "session", None))
        self.ip = self.get_client_ip(request)
        if active_users_settings.ANONYMIZE_IP:
            self.ip = anonymize(self.ip)

    @staticmethod
    def get_client_ip(request: HttpRequest) -> str:
        """The client's address: ``REMOTE_ADDR``, or what the proxies in ``ACTIVE_USERS_TRUSTED_PROXIES`` report."""
        return find_client_ip(
            request.META.get("REMOTE_ADDR", ""),
            request.META.get("HTTP_X_FORWARDED_FOR", ""),
            active_users_settings.TRUSTED_PROXIES,
        )


def _name_of(user: Any) -> str:
    try:
        return _to_text(active_users_settings.DISPLAY_NAME(user))
    except SynchronousOnlyOperation:  # it is called again in a thread
        raise
    except Exception as error:
        log_once(logging.ERROR, "ACTIVE_USERS_DISPLAY_NAME raised an error, so somebody has no name", error=error)
        return ""


def digest_session_key(session: Any) -> str:
    """Twelve characters that differ between sessions and cannot be used to log in; ``""`` without a session."""
    key = getattr(session, "session_key", None)
    return _digest(key, active_users_settings.SECRET_KEY) if key else ""


@lru_cache(maxsize=4096)  # cached: this digest costs as much as the rest of the entry
def _digest(key: str, secret: str | bytes) -> str:
    digest = salted_hmac("active_users.session_id", key, secret=secret, algorithm="sha256").digest()
    return urlsafe_b64encode(digest[:9]).decode()


def _to_json(texts: list[str]) -> str:
    """Like ``json.dumps(texts, ensure_ascii=False)`` without spaces, but faster."""
    return f"[{','.join(map(encode_basestring, texts))}]"


def _to_text(value: object) -> str:
    return "" if value is None else str(value)


@lru_cache(maxsize=256)
def _mark(field: str) -> str:
    return urlsafe_b64encode(blake2b(field.encode(), digest_size=3).digest()).decode()[:_MARK_LENGTH]


@lru_cache(maxsize=32)
def _marks(fields: tuple[str, ...]) -> str:
    return "".join(map(_mark, fields))


def _split(marks: str) -> list[str]:
    return [marks[start : start + _MARK_LENGTH] for start in range(0, len(marks), _MARK_LENGTH)]
