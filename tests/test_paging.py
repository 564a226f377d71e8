from __future__ import annotations

import pytest

from active_users.paging import parse_whole_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), ("007", 7), ("1000", 1000)])
def test_a_whole_number_within_the_range_is_read(text: str, number: int) -> None:
    assert parse_whole_number("limit", text, maximum=1000) == number


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "+1", " 1", "1.5", "1e3", "1_000", "1001", "00001", "\u0663", "\u00b2"]
)
def test_the_error_for_anything_else_names_the_parameter_and_its_range(text: str) -> None:
    with pytest.raises(ValueError, match="limit should be a whole number from 0 to 1000, not ") as caught:
        parse_whole_number("limit", text, maximum=1000)
    assert repr(text) in str(caught.value)


def test_the_error_does_not_repeat_a_long_text() -> None:
    with pytest.raises(ValueError, match="offset") as caught:
        parse_whole_number("offset", "9" * 5000, maximum=1000)
    assert len(str(caught.value)) < 120
