"""A span of days is cut into slices that cover it once; the same request has the same scope."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.errors import JobDefinitionError
from tidegate.model.slices import Backfill, Span

days = st.dates(date(2019, 1, 1), date(2025, 12, 31))
lengths = st.sampled_from(["day", "week", "month", "1 day", "2 days", "10 days", "400days"])


def backfill(start: date, length: int, **fields: str) -> Backfill:
    return Backfill(Span(start, start + timedelta(days=length)), **fields)  # type: ignore[arg-type]


@given(days, st.integers(1, 900), lengths)
def test_slices_cover_every_day_once_and_in_order(start: date, length: int, every: str) -> None:
    slices = backfill(start, length, every=every).slices()
    found = [day for part in slices for day in _days(part.span)]
    assert found == [start + timedelta(days=day) for day in range(length)]
    assert [part.number for part in slices] == list(range(1, len(slices) + 1))


def _days(span: Span | None) -> list[date]:
    assert span is not None
    return [span.start + timedelta(days=day) for day in range((span.end - span.start).days)]


@given(days, st.integers(1, 900))
def test_weeks_begin_on_monday_and_months_on_the_first(start: date, length: int) -> None:
    for part in backfill(start, length, every="week").slices()[1:]:
        assert part.span
        assert part.span.start.weekday() == 0
    for part in backfill(start, length, every="month").slices()[1:]:
        assert part.span
        assert part.span.start.day == 1


def test_a_december_ends_with_its_year() -> None:
    parts = backfill(date(2023, 12, 30), 4, every="month").slices()
    assert [str(part.span) for part in parts] == ["2023-12-30..2023-12-31", "2024-01-01..2024-01-02"]


def test_the_scope_tells_requests_apart_and_names_what_was_asked() -> None:
    start = date(2024, 1, 1)
    assert backfill(start, 31).scope == "backfill.event.20240101-20240131.day"
    asked = [
        backfill(start, 31),
        backfill(start, 30),
        backfill(start, 31, by="arrival"),
        backfill(start, 31, every="week"),
        backfill(start, 31, column="paid_at"),
        backfill(start, 31, name="again"),
    ]
    assert len({one.scope for one in asked}) == len(asked)


@pytest.mark.parametrize(
    ("length", "fields", "told"),
    [
        (0, {}, "before the first"),
        (3, {"every": "fortnight"}, "no length"),
        (3, {"every": "0 days"}, "no length"),
        (3, {"by": "arrival", "column": "paid_at"}, "arrived"),
        (3, {"name": "a/b"}, "cannot name"),
    ],
)
def test_a_request_that_cannot_be_cut_is_refused(length: int, fields: dict[str, str], told: str) -> None:
    with pytest.raises(JobDefinitionError, match=told):
        backfill(date(2024, 1, 1), length, **fields)
