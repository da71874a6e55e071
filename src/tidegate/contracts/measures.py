"""What a rule about a whole batch measures, from tallies alone, and whether that is what the rule asks for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from tidegate.contracts import tallies as tally
from tidegate.contracts.rules.arguments import age_in_hours
from tidegate.contracts.rules.literals import as_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tidegate.contracts.marks.checks import Check
    from tidegate.contracts.tallies import Groups, Number
    from tidegate.model.contracts import Rule, Scalar

_HOUR = 3_600_000_000  # microseconds
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Measured:
    """What was measured.

    Attributes:
        rows: Rows that the rule concerns.
        value: The value in the unit of the column, a time in microseconds since 1970 (UTC); None where there is none.
    """

    rows: int
    value: Number | None


def measure(check: Check, groups: Groups) -> Measured:
    """Return what a rule about a whole batch measures.

    Args:
        check: The rule.
        groups: Tallies, one mapping per group of rows; none for a batch without rows.
    """
    rows = tally.total(groups, tally.name_of("checked", check.index) if counts_rows(check.rule) else tally.ROWS)
    if check.rule.kind == "row_count":
        return Measured(rows, rows)
    make = _MEASURES.get(check.rule.kind)
    if make is None or tally.total(groups, tally.name_of("nan", check.index)):
        return Measured(rows, None)
    return Measured(rows, make(check, groups))


def counts_rows(rule: Rule) -> bool:
    """Return whether there is a tally of the rows that a rule concerns; else it concerns all rows of the batch."""
    return rule.where is not None or rule.kind in _MEASURES.keys() - {"freshness"}


def batch_fails(check: Check, groups: Groups, now: datetime) -> bool:
    """Return whether a batch fails a rule about the whole of it.

    A rule of which nothing could be measured fails, be it that all values are null or that one is NaN. Where the rule
    concerns no row there is nothing to measure, and it passes, unless rows are what it counts.

    Args:
        check: The rule.
        groups: Tallies, one mapping per group of rows.
        now: The time that ages are counted from.
    """
    found = measure(check, groups)
    if check.rule.kind == "row_count":
        return _is_outside(check.rule, found.rows) or _has_share_outside(check.rule, found.rows, groups)
    if not found.rows:
        return False
    value = found.value
    if value is None or math.isnan(value):
        return True
    if check.rule.kind == "freshness":
        return (now - _EPOCH) / timedelta(microseconds=1) - value > age_in_hours(check.rule) * _HOUR
    if check.rule.kind == "completeness":
        most, share = (check.rule.scalar(name) for name in ("max_nulls", "max_null_share"))
        is_over = isinstance(most, int) and value > most
        return is_over or (isinstance(share, int | float) and value > share * found.rows)
    return _is_outside(check.rule, value)


def _has_share_outside(rule: Rule, counted: int, groups: Groups) -> bool:
    rows = tally.total(groups, tally.ROWS)
    low, high = rule.scalar("min_share"), rule.scalar("max_share")
    is_below = isinstance(low, int | float) and counted < low * rows
    return is_below or (isinstance(high, int | float) and counted > high * rows)


def _is_outside(rule: Rule, value: Number) -> bool:
    low, high = (_bound(rule.scalar(name), value) for name in ("min", "max"))
    is_below = low is not None and (value < low or (value == low and bool(rule.argument("exclusive_min"))))
    return is_below or (high is not None and (value > high or (value == high and bool(rule.argument("exclusive_max")))))


def _bound(given: Scalar, beside: Number) -> Number | None:
    """Return a bound as it is compared with a value: exactly, unless the value is a floating-point number itself."""
    if isinstance(given, str):
        return (as_timestamp(given) - _EPOCH) // timedelta(microseconds=1)
    if given is None or isinstance(beside, float):
        return None if given is None else float(given)
    return Fraction(Decimal(repr(given)))


def _named(check: Check, *names: str) -> list[str]:
    return [tally.name_of(name, check.index) for name in names]


def _mean(check: Check, groups: Groups) -> Number | None:
    found = tally.exact_sum(groups, *_named(check, "sum", "values"))
    number = tally.total(groups, *_named(check, "values"))
    if found is None or isinstance(found, float):
        return None if found is None else found / number
    return Fraction(found) / number


def _quantile(check: Check, groups: Groups) -> Number | None:
    wanted = check.rule.scalar("quantile")
    points, values = _named(check, "points", "values")
    return tally.quantile(groups, points, values, float(str(wanted)))


_MEASURES: Mapping[str, Callable[[Check, Groups], Number | None]] = {
    "completeness": lambda check, groups: tally.total(groups, *_named(check, "nulls")),
    "distinct_count": lambda check, groups: tally.greatest(groups, *_named(check, "distinct")),
    "freshness": lambda check, groups: tally.greatest(groups, *_named(check, "newest")),
    "maximum": lambda check, groups: tally.greatest(groups, *_named(check, "greatest")),
    "mean": _mean,
    "minimum": lambda check, groups: tally.least(groups, *_named(check, "least")),
    "quantile": _quantile,
    "standard_deviation": lambda check, groups: tally.deviation(groups, *_named(check, "values", "mean", "variance")),
    "sum": lambda check, groups: tally.exact_sum(groups, *_named(check, "sum", "values")),
}
