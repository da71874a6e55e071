"""Days as whole numbers since 1970-01-01, so that a million of them fit an array. All days are UTC days."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

SECONDS_PER_DAY = 86_400
_EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Return the days from 1970-01-01 to `day`."""
    return (day - _EPOCH).days


def day_of(number: int) -> date:
    """Return the date that lies `number` days after 1970-01-01."""
    return _EPOCH + timedelta(days=number)


def utc_text(seconds: int) -> str:
    """Return seconds since 1970 as ISO 8601 text in UTC, such as 2017-12-01T09:30:00Z."""
    return datetime.fromtimestamp(seconds, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
