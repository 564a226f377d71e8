"""
Tells guests apart: visitors without a login whose pages poll.

A guest is known by address and user agent, of which nothing is kept but a digest whose key changes every day. User
agents are told apart by one of ``AGENTS`` numbers, so an address has at most as many guests. No cookie is set, and none
is read, because a program could have any number of them.
"""

from __future__ import annotations

import logging
import time
from functools import lru_cache
from hashlib import blake2b
from typing import Final, NamedTuple
from zlib import crc32

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from active_users.client_ip import find_client_ip, find_household
from active_users.logs import log_once
from active_users.settings import active_users_settings

AGENTS: Final = 64
DAY: Final = 24 * 3600


class Guest(NamedTuple):
    """Who a visitor is today, and who they were ``formerly``, as long as they may still be counted as that."""

    identity: bytes
    formerly: bytes | None


def identify_guest(request: HttpRequest) -> Guest:
    """
    Who the visitor is that made ``request``.

    Users of one address count as one guest if their browsers call themselves the same, or by chance: two different
    names of browsers get the same of the 64 numbers once in 64 times.
    """
    settings, headers = active_users_settings, request.META
    forwarded_for = headers.get("HTTP_X_FORWARDED_FOR", "")
    if forwarded_for and not settings.TRUSTED_PROXIES:
        log_once(
            logging.WARNING,
            "Requests come with X-Forwarded-For, but ACTIVE_USERS_TRUSTED_PROXIES names no proxy. If they come through "
            "one, all its visitors have its address, and count as one guest for each kind of browser.",
        )
    address = find_client_ip(headers.get("REMOTE_ADDR", ""), forwarded_for, settings.TRUSTED_PROXIES)
    agent = crc32(headers.get("HTTP_USER_AGENT", "").encode("utf-8", "replace")) % AGENTS
    who = f"{agent} {find_household(address)}".encode()
    day, second = divmod(int(time.time()), DAY)
    may_be_counted_twice = second <= settings.KEY_EXPIRE + settings.TOUCH_INTERVAL
    return Guest(_digest(who, day), _digest(who, day - 1) if may_be_counted_twice else None)


def _digest(who: bytes, day: int) -> bytes:
    return blake2b(who, key=_key_of(day, active_users_settings.SECRET_KEY), digest_size=8).digest()


@lru_cache(maxsize=4)
def _key_of(day: int, secret: str | bytes) -> bytes:
    return salted_hmac("active_users.guests", str(day), secret=secret, algorithm="sha256").digest()
