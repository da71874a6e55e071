from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.errors import JobDefinitionError, SourceError
from tidegate.model.cursors import CursorKind, CursorMark
from tidegate.model.declarations import Cursor, Database
from tidegate.model.pins import Pins
from tidegate.sources.cursors import (
    CursorSpan,
    Limit,
    Reach,
    bounds,
    limit_of,
    limited,
    literal,
    span_of,
    steps_of,
    text_before,
    text_of,
)

KINDS: tuple[CursorKind, ...] = ("sequence", "date", "timestamp", "instant")
MINUTE = 60_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
ORDERED_ID = Cursor("id", overlap=5)


def mark(value: int, reach: int, seen: tuple[int, ...] = ()) -> CursorMark:
    return CursorMark(str(value), "sequence", str(reach), ("id",), seen, "id")


def span(cursor: Cursor, newest: int | None, known: CursorMark | None = None) -> CursorSpan | None:
    return span_of(cursor, Reach("sequence", newest), known, where="shop/orders")


@given(kind=st.sampled_from(KINDS), steps=st.integers(-700_000, 2_900_000))
def test_a_value_survives_being_written_down(kind: CursorKind, steps: int) -> None:
    steps *= 1 if kind == "date" else 86_399_999_999 if kind in {"timestamp", "instant"} else 10**12
    assert steps_of(text_of(steps, kind), kind) == steps


def test_values_are_written_as_standard_sql() -> None:
    noon = steps_of("2024-02-29T12:00:00.000001", "timestamp")
    assert literal(7, "sequence") == "7"
    assert literal(steps_of("2024-02-29", "date"), "date") == "DATE '2024-02-29'"
    assert literal(noon, "timestamp") == "TIMESTAMP '2024-02-29 12:00:00.000001'"
    assert literal(noon, "instant") == "TIMESTAMP WITH TIME ZONE '2024-02-29 12:00:00.000001+00:00'"


def test_the_first_run_reads_from_the_beginning_and_remembers_the_overlap() -> None:
    assert span(ORDERED_ID, 100) == CursorSpan("sequence", None, 100, 95)
    assert span(ORDERED_ID, None) is None, "a source without rows has nothing to read"


def test_a_later_run_reads_the_overlap_again_but_never_further_than_it_was_remembered() -> None:
    assert span(ORDERED_ID, 120, mark(100, 95)) == CursorSpan("sequence", 95, 120, 115, mark(100, 95))
    assert span(ORDERED_ID, 101, mark(100, 95)) == CursorSpan("sequence", 95, 101, 96, mark(100, 95))
    longer = Cursor("id", overlap=50)
    assert span(longer, 101, mark(100, 95)) == CursorSpan("sequence", 95, 101, 95, mark(100, 95)), "not remembered"
    shorter = Cursor("id", overlap=1)
    assert span(shorter, 101, mark(100, 95)) == CursorSpan("sequence", 99, 101, 100, mark(100, 95))


def test_without_an_overlap_nothing_is_read_again() -> None:
    strict = Cursor("id", overlap=None)
    assert span(strict, 100) == CursorSpan("sequence", None, 100, 101)
    assert span(strict, 120, mark(100, 101)) == CursorSpan("sequence", 101, 120, 121, mark(100, 101))


def test_a_source_that_went_backwards_is_an_error_that_says_so() -> None:
    with pytest.raises(SourceError, match=r"went backwards: id has been read up to 100, and now ends at 99\n.*shop/or"):
        span(ORDERED_ID, 99, mark(100, 95))


def test_a_cursor_of_another_kind_or_without_values_is_an_error() -> None:
    known = CursorMark("2024-01-01", "date", "2024-01-01", column="id")
    with pytest.raises(SourceError, match="has been read by day up to now, whose values say nothing of id"):
        span(ORDERED_ID, 7, replace(known, column="day"))
    with pytest.raises(SourceError, match="id is of kind sequence now; it was of kind date"):
        span(ORDERED_ID, 7, known)
    with pytest.raises(SourceError, match="3 rows have no id, and would never be read"):
        span_of(ORDERED_ID, Reach("sequence", 7, missing=3), None, where="shop/orders")


def test_moments_and_timestamps_are_one_line_of_time_as_lines_of_spark_differ_in_them() -> None:
    known = CursorMark("2024-01-01T00:00:00.000000", "timestamp", "2023-12-31T23:59:00.000000", column="at")
    newest = steps_of("2024-01-02T00:00:00.000000+00:00", "instant")
    found = span_of(Cursor("at", timedelta(minutes=1)), Reach("instant", newest), known, where="shop")
    assert found is not None
    assert text_of(found.lower or 0, found.kind) == "2023-12-31T23:59:00.000000+00:00"
    assert found.moves


def test_the_overlap_is_of_the_cursors_kind() -> None:
    ten = Cursor("updated_at", overlap=timedelta(minutes=10))
    found = span_of(ten, Reach("timestamp", 60 * MINUTE), None, where="shop")
    assert found == CursorSpan("timestamp", None, 60 * MINUTE, 50 * MINUTE)
    days = span_of(Cursor("day", overlap=timedelta(hours=25)), Reach("date", 10), None, where="shop")
    assert days == CursorSpan("date", None, 10, 8), "part of a day is a day"
    with pytest.raises(JobDefinitionError, match="does not fit updated_at, whose values are of kind sequence"):
        span_of(ten, Reach("sequence", 7), None, where="shop")
    with pytest.raises(JobDefinitionError, match="does not fit id, whose values are of kind instant"):
        span_of(ORDERED_ID, Reach("instant", 7), None, where="shop")


@given(
    lower=st.none() | st.integers(-50, 50),
    length=st.integers(0, 60),
    parts=st.integers(1, 9),
    oldest=st.integers(-60, 40),
)
def test_the_parts_of_a_span_are_disjoint_and_miss_nothing(
    lower: int | None, length: int, parts: int, oldest: int
) -> None:
    first = oldest if lower is None else lower
    whole = CursorSpan("sequence", lower, first + length, first)
    conditions = [part.replace("AND", "and") for part in bounds(whole, "id", oldest, parts)]
    assert 1 <= len(conditions) <= parts
    for value in range(first - 3, first + length + 3):
        taken = sum(_holds(condition, value) for condition in conditions)
        is_inside = value <= whole.upper and (lower is None or value >= lower)
        assert taken == is_inside, "late rows before the oldest belong to the first part"


def _holds(condition: str, value: int) -> bool:
    checks = {">=": int.__ge__, "<=": int.__le__, "<": int.__lt__}
    return all(
        checks[operator](value, int(bound))
        for _, operator, bound in (part.split() for part in condition.split(" and "))
    )


@pytest.mark.parametrize("column", ["updated at", "a;b", 'a"b', "1st", "", "(select 1)", "a.", ".a", "a..b", 'a."b"'])
def test_a_cursor_is_the_name_of_a_column(column: str) -> None:
    with pytest.raises(JobDefinitionError, match="name of one column"):
        Cursor(column)


def test_declarations_that_cannot_be_read_are_refused() -> None:
    with pytest.raises(JobDefinitionError, match="not below zero"):
        Cursor("id", overlap=-1)
    with pytest.raises(JobDefinitionError, match="not below zero"):
        Cursor("id", overlap=timedelta(-1))
    with pytest.raises(JobDefinitionError, match="a table or a query"):
        Database("shop", ORDERED_ID)
    with pytest.raises(JobDefinitionError, match="at least one part"):
        Database("shop", ORDERED_ID, table="orders", partitions=0)


def test_an_api_is_asked_from_before_what_is_read_and_what_was_read_last() -> None:
    assert text_before(CursorSpan("sequence", 95, 120, 115, mark(100, 95))) == "94"
    assert text_before(CursorSpan("sequence", 101, 120, 121, mark(100, 101))) == "99", "the last one shows it is there"
    moment = steps_of("2024-03-01T00:00:00.900000", "timestamp")
    assert text_before(CursorSpan("timestamp", moment, moment, moment)) == "2024-02-29T23:59:59"
    assert text_before(CursorSpan("instant", moment, moment, moment)) == "2024-02-29T23:59:59Z"
    day = steps_of("2024-03-01", "date")
    assert text_before(CursorSpan("date", day, day, day)) == "2024-02-29"


INSTANT = Cursor("at", overlap=timedelta(minutes=1))


@given(
    st.integers(0, 10**6),
    st.none() | st.integers(0, 10**6),
    st.none() | st.integers(0, 10**6),
    st.none() | st.integers(0, 10**6),
)
def test_a_run_that_is_resumed_reads_what_it_would_have_read_and_never_what_came_since(
    newest: int, read: int | None, told: int | None, moment: int | None
) -> None:
    """Told is where the failed run read up to; where it had not come to that, its moment is."""
    read = None if read is None else min(read, newest)
    known = (
        None if read is None else CursorMark(text_of(read, "instant"), "instant", text_of(read, "instant"), column="at")
    )
    at = None if moment is None else EPOCH + timedelta(microseconds=moment)
    limit = Limit(None if told is None else f"instant:{text_of(told, 'instant')}", at)
    most = told if told is not None else moment
    found = span_of(INSTANT, limited(Reach("instant", newest), limit, "shop"), known, where="shop")
    upto = newest if most is None else min(newest, most)
    if read is not None and upto < read:
        assert found is None
    else:
        assert found is not None
        assert (found.upper, found.bound) == (upto, f"instant:{text_of(upto, 'instant')}")


def test_what_no_limit_tells_is_read_as_it_is_and_said(caplog: pytest.LogCaptureFixture) -> None:
    reach = Reach("sequence", 100)
    assert limited(reach, None, "shop/orders") is reach
    assert limited(Reach("sequence", None), Limit(None, EPOCH), "shop/orders").newest is None
    assert not caplog.messages
    assert limited(reach, Limit(None, EPOCH), "shop/orders") is reach
    assert "shop/orders: the run that is resumed had not read it" in caplog.text
    assert limited(reach, Limit("sequence:60", EPOCH), "shop/orders") == Reach("sequence", 60, is_limited=True)
    assert limited(Reach("timestamp", 10**6), Limit("instant:1970-01-01T00:00:00+00:00", None), "s").newest == 0
    assert limit_of(None, "bronze.orders", "orders") is None
    assert limit_of(Pins(EPOCH), "bronze.orders", "orders") is None
    pins = Pins(EPOCH, cursors={"bronze.orders/orders": "sequence:60"}, is_resuming=True)
    assert limit_of(pins, "bronze.orders", "orders") == Limit("sequence:60", EPOCH)
    assert limit_of(pins, "bronze.orders", "lines") == Limit(None, EPOCH)
