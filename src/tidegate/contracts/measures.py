"""What a rule about a whole batch measures, from tallies alone, and whether that is what the rule asks for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING

from tidegate.contracts import tallies as tally
from tidegate.contracts.drift import distance, has_drifted
from tidegate.contracts.rules.arguments import age_in_hours
from tidegate.contracts.rules.batch_kinds import ONE_TYPE
from tidegate.contracts.rules.compared_kinds import BESIDE, LAG, ROW_COUNT_HISTORY, ROW_COUNT_SOURCE, TOTAL_BALANCE
from tidegate.contracts.rules.literals import as_timestamp
from tidegate.contracts.rules.looks import LOOKS
from tidegate.contracts.rules.others import is_beyond, most_lag
from tidegate.contracts.rules.usual import DRIFT, lacks_usual

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tidegate.contracts.marks.checks import Check
    from tidegate.contracts.tallies import Groups, Number
    from tidegate.model.contracts import Rule, Scalar

_OF_ROWS = frozenset({"row_count", ROW_COUNT_HISTORY, ROW_COUNT_SOURCE})

_NOTHING: Mapping[str, Number | None] = MappingProxyType({})
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
    if counts_all(check.rule):
        return Measured(rows, rows)
    make = _MEASURES.get(check.rule.kind)
    if make is None or tally.total(groups, tally.name_of("nan", check.index)):
        return Measured(rows, None)
    return Measured(rows, make(check, groups))


def counts_rows(rule: Rule) -> bool:
    """Return whether there is a tally of the rows that a rule concerns; else it concerns all rows of the batch."""
    return rule.where is not None or rule.kind in _MEASURES.keys() - {"freshness", LAG}


def unchecked(check: Check, groups: Groups, beside: Mapping[str, Number | None]) -> str:
    """Return why there is nothing that a rule could compare with; empty where there is, or where it needs nothing.

    Args:
        check: The rule.
        groups: Tallies, one mapping per group of rows.
        beside: Per rule that is compared with a number from elsewhere, by its id, that number; None where there is
            none.
    """
    rule = check.rule
    if lacks_usual(rule):
        return "no baseline"
    if rule.kind in BESIDE and beside.get(rule.id) is None:
        return "no earlier runs" if rule.kind == ROW_COUNT_HISTORY else "nothing to compare with"
    least = rule.scalar("min_values") if rule.kind == DRIFT else None
    values = tally.total(groups, tally.name_of("values", check.index))
    return "too few values" if isinstance(least, int) and values < least else ""


def batch_fails(check: Check, groups: Groups, now: datetime, beside: Mapping[str, Number | None] = _NOTHING) -> bool:
    """Return whether a batch fails a rule about the whole of it.

    A rule of which nothing could be measured fails, be it that all values are null or that one is NaN. Where the rule
    concerns no row there is nothing to measure, and it passes, unless rows are what it counts.

    Args:
        check: The rule.
        groups: Tallies, one mapping per group of rows.
        now: The time that ages are counted from.
        beside: Per rule that is compared with a number from elsewhere, by its id, that number.
    """
    found, other = measure(check, groups), beside.get(check.rule.id)
    if check.rule.kind == "row_count":
        return _is_outside(check.rule, found.rows) or _has_share_outside(check.rule, found.rows, groups)
    if counts_all(check.rule) or check.rule.kind == TOTAL_BALANCE:
        return found.value is None or other is None or is_beyond(check.rule, found.value, other)
    if not found.rows or found.value is None or math.isnan(found.value):
        return bool(found.rows)
    if check.rule.kind == DRIFT:
        return has_drifted(check, groups, float(found.value))
    if check.rule.kind in {"freshness", LAG}:
        return _is_behind(check.rule, found.value, (now - _EPOCH) / timedelta(microseconds=1), other)
    return _is_too_much(check.rule, found)


def counts_all(rule: Rule) -> bool:
    """Return whether the number of rows itself is what a rule is about, so that no row is a number like any other."""
    return rule.kind in _OF_ROWS or (rule.kind == TOTAL_BALANCE and not rule.columns)


def _is_behind(rule: Rule, newest: Number, now: float, other: Number | None) -> bool:
    """Return whether the newest time is too far behind the run's clock, or behind the newest of another table."""
    if rule.kind == "freshness":
        return now - newest > age_in_hours(rule) * _HOUR
    return other is None or other - newest > most_lag(rule) * _HOUR


def _is_too_much(rule: Rule, found: Measured) -> bool:
    value = found.value or 0
    if rule.kind == ONE_TYPE:
        return value > Fraction(str(rule.argument("max_other_share", 0)))
    if rule.kind != "completeness":
        return _is_outside(rule, value)
    most, share = (rule.scalar(name) for name in ("max_nulls", "max_null_share"))
    is_over = isinstance(most, int) and value > most
    return is_over or (isinstance(share, int | float) and value > share * found.rows)


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


def _whole_sum(check: Check, groups: Groups) -> Number | None:
    """Return the sum of the values, that of none being 0; None where it did not fit its type."""
    has_values = tally.total(groups, *_named(check, "values"))
    return tally.exact_sum(groups, *_named(check, "sum", "values")) if has_values else 0


def _other_share(check: Check, groups: Groups) -> Number | None:
    """Return the share of the texts that do not look like most of them; blank ones are none."""
    values = tally.total(groups, *_named(check, "values"))
    looks = tally.binned(groups, check.index, len(LOOKS))
    most = max([*looks, values - sum(looks)])
    return Fraction(values - most, values) if values else Fraction(0)


_MEASURES: Mapping[str, Callable[[Check, Groups], Number | None]] = {
    "completeness": lambda check, groups: tally.total(groups, *_named(check, "nulls")),
    "distinct_count": lambda check, groups: tally.greatest(groups, *_named(check, "distinct")),
    DRIFT: distance,
    "freshness": lambda check, groups: tally.greatest(groups, *_named(check, "newest")),
    LAG: lambda check, groups: tally.greatest(groups, *_named(check, "newest")),
    "maximum": lambda check, groups: tally.greatest(groups, *_named(check, "greatest")),
    "mean": _mean,
    "minimum": lambda check, groups: tally.least(groups, *_named(check, "least")),
    ONE_TYPE: _other_share,
    "quantile": _quantile,
    "standard_deviation": lambda check, groups: tally.deviation(groups, *_named(check, "values", "mean", "variance")),
    "sum": lambda check, groups: tally.exact_sum(groups, *_named(check, "sum", "values")),
    TOTAL_BALANCE: _whole_sum,
}
