"""Days folded into ranges: every day is covered, nothing else unless there are too many ranges."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.errors import PublishError
from tidegate.tables.days import folded, within

DAYS = st.sets(st.dates(date(2024, 1, 1), date(2024, 4, 1)), max_size=40)


def unfolded(ranges: tuple[tuple[date, date], ...]) -> set[date]:
    """Return all days of the ranges."""
    return {first + timedelta(days=n) for first, last in ranges for n in range((last - first).days + 1)}


@given(DAYS)
def test_ranges_hold_exactly_the_days(days: set[date]) -> None:
    ranges = folded(days, limit=len(days) + 1)
    assert unfolded(ranges) == days
    assert all(later[0] - earlier[1] > timedelta(days=1) for earlier, later in pairwise(ranges))


@given(DAYS, st.integers(1, 5))
def test_few_ranges_still_cover_all_days(days: set[date], limit: int) -> None:
    ranges = folded(days, limit=limit)
    assert len(ranges) <= limit
    assert unfolded(ranges) >= days


def test_the_smallest_gaps_are_joined_first() -> None:
    january = [date(2024, 1, day) for day in (1, 3, 20, 21)]
    assert folded(january, limit=2) == ((january[0], january[1]), (january[2], january[3]))


def test_a_condition_is_made_of_literals_of_the_column_s_type() -> None:
    ranges = ((date(2024, 1, 1), date(2024, 1, 2)),)
    assert within("t.d", "date", ranges) == "((t.d >= DATE'2024-01-01' AND t.d <= DATE'2024-01-02'))"
    assert "< TIMESTAMP'2024-01-03 00:00:00 UTC'" in within("t.at", "timestamp", ranges)
    assert "< TIMESTAMP_NTZ'2024-01-03 00:00:00'" in within("t.at", "timestamp_ntz", ranges)
    assert within("t.d", "date", ()) == "false"


def test_an_event_time_of_another_type_is_refused() -> None:
    with pytest.raises(PublishError, match="is string"):
        within("t.d", "string", ((date(2024, 1, 1), date(2024, 1, 1)),))
