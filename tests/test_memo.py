from __future__ import annotations

import gc
import weakref

import pytest

from active_users.store import memo as memo_module
from active_users.store.memo import Memo

from .clocks import Clock


def test_a_visitor_is_recalled_for_the_given_time(clock: Clock) -> None:
    memo = Memo()
    memo.remember(("cookie", "a"), "7", 3600)
    memo.remember(("cookie", "b"), "", 3600)
    clock.put_forward(100)
    assert memo.recall(("cookie", "a"), 3600) == "7"
    assert memo.recall(("cookie", "b"), 3600) == ""
    assert memo.recall(("cookie", "c"), 3600) is None
    assert memo.recall(("cookie", "a"), 100) is None
    assert memo.recall(("cookie", "a"), 0) is None


def test_a_person_is_forgotten_under_all_their_keys_until_they_are_remembered_again(clock: Clock) -> None:
    memo = Memo()
    for cookie, identity in [("a", "7"), ("b", "7"), ("c", "8"), ("d", "")]:
        memo.remember(("cookie", cookie), identity, 3600)
    memo.forget("7")
    assert [memo.recall(("cookie", cookie), 3600) for cookie in "abcd"] == [None, None, "8", ""]
    clock.put_forward(1)
    memo.remember(("cookie", "a"), "7", 3600)
    assert [memo.recall(("cookie", cookie), 3600) for cookie in "abcd"] == ["7", None, "8", ""]


def test_it_is_known_who_was_forgotten_since_a_request_began(clock: Clock) -> None:
    memo = Memo()
    began = clock()
    assert not memo.was_forgotten("7", since=began + 1)
    clock.put_forward(10)
    memo.forget("7")
    clock.put_forward(10)
    assert memo.was_forgotten("7", since=began + 1)
    assert not memo.was_forgotten("8", since=began + 1)
    assert not memo.was_forgotten("7", since=clock())
    memo.clear()
    assert memo.was_forgotten("8", since=began + 1)


@pytest.mark.parametrize("seconds", [0, 3600])
def test_the_memo_is_bounded(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    monkeypatch.setattr(memo_module, "MAX_ENTRIES", 10)
    memo = Memo()
    keys = [("cookie", str(number)) for number in range(25)]
    for number, key in enumerate(keys):
        memo.remember(key, str(number), seconds)
        assert memo.recall(key, 3600) == str(number)
        assert sum(memo.recall(other, 3600) is not None for other in keys) <= 10


def test_memory_follows_the_visitors_of_one_interval(clock: Clock) -> None:
    memo = Memo()
    texts = []
    for number in range(50):
        text = Text(number)
        texts.append(weakref.ref(text))
        memo.remember(("cookie", str(number)), text, 5)
        clock.put_forward(1)
        del text
    gc.collect()
    assert 5 <= sum(text() is not None for text in texts) <= 10


class Text(str):
    """A string that supports weak references, so that the test can see whether it is still in memory."""


def test_a_long_key_takes_no_more_room_than_a_short_one() -> None:
    memo = Memo()
    cookie = Text("x" * 8000)
    memo.remember(("cookie", cookie), "7", 3600)
    is_there = weakref.ref(cookie)
    del cookie
    gc.collect()
    assert is_there() is None
    assert memo.recall(("cookie", "x" * 8000), 3600) == "7"
