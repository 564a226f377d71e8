from __future__ import annotations

import gc
import weakref

import pytest

from active_users.store import memo as memo_module
from active_users.store.memo import Memo

from .clocks import Clock


def test_a_visitor_is_recalled_for_the_given_time(clock: Clock) -> None:
    memo = Memo()
    memo.remember(("cookie", "a"), "7")
    memo.remember(("cookie", "b"), "")
    clock.put_forward(100)
    assert memo.recall(("cookie", "a"), 3600) == "7"
    assert memo.recall(("cookie", "b"), 3600) == ""
    assert memo.recall(("cookie", "c"), 3600) is None
    assert memo.recall(("cookie", "a"), 100) is None
    assert memo.recall(("cookie", "a"), 0) is None


def test_a_person_is_forgotten_under_all_their_keys() -> None:
    memo = Memo()
    for cookie, identity in [("a", "7"), ("b", "7"), ("c", "8")]:
        memo.remember(("cookie", cookie), identity)
    memo.forget("7")
    assert [memo.recall(("cookie", cookie), 3600) for cookie in "abc"] == [None, None, "8"]


def test_the_memo_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memo_module, "MAX_VISITORS", 10)
    memo = Memo()
    keys = [("cookie", str(number)) for number in range(25)]
    for number, key in enumerate(keys):
        memo.remember(key, str(number))
        assert memo.recall(key, 3600) == str(number)
        assert sum(memo.recall(other, 3600) is not None for other in keys) <= 10


class Text(str):
    """A string that supports weak references, so that the test can see whether it is still in memory."""


def test_a_long_key_takes_no_more_room_than_a_short_one() -> None:
    memo = Memo()
    cookie = Text("x" * 8000)
    memo.remember(("cookie", cookie), "7")
    is_there = weakref.ref(cookie)
    del cookie
    gc.collect()
    assert is_there() is None
    assert memo.recall(("cookie", "x" * 8000), 3600) == "7"
