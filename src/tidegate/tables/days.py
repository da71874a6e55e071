"""Days of a batch folded into ranges, and the predicate by which a table's files outside of them are skipped."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from tidegate.errors import PublishError

if TYPE_CHECKING:
    from collections.abc import Iterable

# The condition becomes part of the loop that reads every row. With 64 ranges that loop was longer than what Java
# compiles (8,000 bytes), and a merge of scattered rows took four times as long as with 24.
MAX_RANGES = 16

_DAY = timedelta(days=1)


def folded(days: Iterable[date], limit: int = MAX_RANGES) -> tuple[tuple[date, date], ...]:
    """Return the days as ranges of consecutive days, first and last inclusive, in order.

    Where there are more ranges than the limit, those with the smallest gaps between them are joined: the ranges cover
    all days, and then some.

    Args:
        days: The days, in any order.
        limit: How many ranges there may be.
    """
    ordered = sorted(set(days))
    gaps = sorted(((later - day, day) for day, later in pairwise(ordered)), reverse=True)
    ends = {day for gap, day in gaps[: limit - 1] if gap > _DAY}
    ranges: list[tuple[date, date]] = []
    first: date | None = None
    for day in ordered:
        first = first or day
        if day in ends or day == ordered[-1]:
            ranges.append((first, day))
            first = None
    return tuple(ranges)


def within(expression: str, kind: str, ranges: Iterable[tuple[date, date]]) -> str:
    """Return the SQL condition that a date or timestamp lies on one of the days, in literals that statistics decide.

    Args:
        expression: The column, as SQL.
        kind: Its Spark SQL type.
        ranges: Ranges of days (UTC), first and last inclusive. None at all gives a condition that never holds.

    Raises:
        PublishError: The column is neither a date nor a timestamp.
    """
    parts = [_between(expression, kind, first, last) for first, last in ranges]
    return f"({' OR '.join(parts)})" if parts else "false"


def on_days(expression: str, kind: str, days: Iterable[date]) -> str:
    """Return the SQL condition that keeps a statement to the files of some days, and of no day.

    A row without an event time may stand among any days, and files without such rows are known from their statistics.

    Args:
        expression: The event-time column, as SQL.
        kind: Its Spark SQL type.
        days: The days, in any order.
    """
    return f"({within(expression, kind, folded(days))} OR {expression} IS NULL)"


def _between(expression: str, kind: str, first: date, last: date) -> str:
    if kind == "date":
        return f"({expression} >= DATE'{first}' AND {expression} <= DATE'{last}')"
    if kind == "timestamp":
        return f"({expression} >= {_instant(first)} AND {expression} < {_instant(last + _DAY)})"
    if kind == "timestamp_ntz":
        after = last + _DAY
        return f"({expression} >= TIMESTAMP_NTZ'{first} 00:00:00' AND {expression} < TIMESTAMP_NTZ'{after} 00:00:00')"
    raise PublishError(
        f"the event-time column {expression} is {kind}",
        hint="an event-time column is a date or a timestamp",
    )


def _instant(day: date) -> str:
    return f"TIMESTAMP'{day} 00:00:00 UTC'"
