from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.contracts.rules.literals import as_date, as_timestamp, as_value
from tidegate.contracts.types import parse_type

UTC = timezone.utc


@given(st.dates())
def test_a_date_is_read_back(day: date) -> None:
    assert as_date(day.isoformat()) == day


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_timestamp_is_read_back(moment: datetime) -> None:
    assert as_timestamp(moment.isoformat()) == moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-01-31", datetime(2024, 1, 31, tzinfo=UTC)),
        ("2024-01-31 08:30", datetime(2024, 1, 31, 8, 30, tzinfo=UTC)),
        ("2024-01-31T08:30:01.5Z", datetime(2024, 1, 31, 8, 30, 1, 500_000, tzinfo=UTC)),
        ("2024-01-31T08:30:00+02:00", datetime(2024, 1, 31, 6, 30, tzinfo=UTC)),
    ],
)
def test_a_timestamp_is_in_utc_unless_it_says_otherwise(text: str, moment: datetime) -> None:
    assert as_timestamp(text) == moment
    assert as_timestamp(text).utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text", ["", "2024-13-01", "20240131", "2024-W05-3", "yesterday", "2024-01-31T", "2024-01-31T25:00"]
)
def test_nothing_else_is_a_moment(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - some are Python's own words
        as_timestamp(text)
    with pytest.raises(ValueError):  # noqa: PT011
        as_date(text)


@pytest.mark.parametrize(
    ("value", "type_", "wanted"),
    [
        (3, "int", 3),
        (0.1, "int", Decimal("0.1")),
        (0.1, "decimal(12,2)", Decimal("0.1")),
        (1e20, "bigint", Decimal(100000000000000000000)),
        (2**63, "bigint", Decimal(2**63)),
        (3, "double", 3.0),
        ("a", "string", "a"),
        (True, "boolean", True),
        ("2024-01-31", "date", date(2024, 1, 31)),
        ("2024-01-31", "timestamp", datetime(2024, 1, 31, tzinfo=UTC)),
    ],
)
def test_a_value_becomes_what_it_is_compared_as(value: float | str, type_: str, wanted: object) -> None:
    found = as_value(value, parse_type(type_))

    assert found == wanted
    assert type(found) is type(wanted)


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        ("a", "int"),
        (True, "int"),
        (1, "boolean"),
        (1, "string"),
        (1, "date"),
        ("soon", "timestamp"),
        (None, "int"),
        (float("nan"), "double"),
        (float("inf"), "int"),
        (10**38, "bigint"),
        (1e-39, "int"),
        ("a", "array<string>"),
    ],
)
def test_what_cannot_be_compared_is_refused(value: int | str | None, type_: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be compared|not a|38 digits"):
        as_value(value, parse_type(type_))
