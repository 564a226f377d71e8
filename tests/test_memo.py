from __future__ import annotations

import time

import pytest

from active_users.store import memo as memo_module
from active_users.store.memo import Memo


def test_what_is_remembered_is_recalled_for_so_many_seconds() -> None:
    memo = Memo()
    memo.remember(("cookie", "a"), "7")
    memo.remember(("cookie", "b"), "")
    assert memo.recall(("cookie", "a"), 60) == "7"
    assert memo.recall(("cookie", "b"), 60) == ""
    assert memo.recall(("cookie", "c"), 60) is None
    assert memo.recall(("cookie", "a"), 0) is None
    time.sleep(0.01)
    assert memo.recall(("cookie", "a"), 0.01) is None


def test_a_person_is_forgotten_under_all_their_keys() -> None:
    memo = Memo()
    for cookie, identity in [("a", "7"), ("b", "7"), ("c", "8")]:
        memo.remember(("cookie", cookie), identity)
    memo.forget("7")
    assert [memo.recall(("cookie", cookie), 60) for cookie in "abc"] == [None, None, "8"]


def test_it_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memo_module, "MOST", 10)
    memo = Memo()
    for number in range(25):
        memo.remember(("cookie", str(number) * 8000), str(number))
        assert len(memo._known) <= 10
    assert memo.recall(("cookie", "24" * 8000), 60) == "24"
