from __future__ import annotations

import pytest
from django.utils.safestring import mark_safe

from active_users.paging import parse_whole_number


@pytest.mark.parametrize(
    ("value", "number"), [("0", 0), ("7", 7), ("007", 7), ("1000", 1000), (0, 0), (1000, 1000), (mark_safe("7"), 7)]
)
def test_a_whole_number_within_the_range_is_read(value: object, number: int) -> None:
    assert parse_whole_number("limit", value, maximum=1000) == number


@pytest.mark.parametrize(
    "value",
    [
        *("", "x", "-1", "+1", " 1", "1.5", "1e3", "1_000", "1001", "00001", "\u0663", "\u00b2"),
        *(-1, 1001, 10**30, 1.0, float("nan"), True, None, b"1", [1]),
    ],
)
def test_the_error_for_anything_else_names_the_parameter_and_its_range(value: object) -> None:
    with pytest.raises(ValueError, match="limit should be a whole number from 0 to 1000, not ") as caught:
        parse_whole_number("limit", value, maximum=1000)
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize("value", ["9" * 5000, [7] * 5000])
def test_the_error_does_not_repeat_a_long_value(value: object) -> None:
    with pytest.raises(ValueError, match="offset") as caught:
        parse_whole_number("offset", value, maximum=1000)
    assert len(str(caught.value)) < 120
