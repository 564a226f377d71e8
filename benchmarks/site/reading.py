"""Counts and lists, as either package answers them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from active_users import api


def time_call(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def time_count() -> float:
    return time_call(api.get_active_users_count)


def time_whole_list() -> float:
    return time_call(api.get_active_users)


def count() -> int:
    return api.get_active_users_count()
