"""Rules that compare with other tables or other runs: what is wrong with their arguments, and what they tolerate."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from tidegate.contracts.rules.arguments import reference_problems
from tidegate.errors import JobDefinitionError
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Rule

    Types = Mapping[str, SparkType]

MOST_RUNS = 365  # each commit carries that many numbers

_HOURS_A_DAY = 24


def is_beyond(rule: Rule, found: float | Fraction, wanted: float | Fraction) -> bool:
    """Return whether a number is further from another than a rule tolerates; a share is one of the other.

    Of nothing every share is nothing. NaN is beyond everything.

    Args:
        rule: The rule.
        found: The number.
        wanted: The other one.
    """
    if math.isnan(found) or math.isnan(wanted) or math.isinf(wanted):
        return True
    apart = abs(_exact(found) - _exact(wanted)) if not math.isinf(found) else math.inf
    most, share = (rule.scalar(name) for name in ("max_difference", "max_difference_share"))
    is_over = most is not None and apart > Fraction(str(most))
    return is_over or (share is not None and apart > Fraction(str(share)) * abs(_exact(wanted)))


def most_lag(rule: Rule) -> float:
    """Return the lag that a rule of the kind `lag` allows, in hours."""
    hours, days = rule.argument("max_lag_hours"), rule.argument("max_lag_days")
    return float(str(days)) * _HOURS_A_DAY if hours is None else float(str(hours))


def other_table(rule: Rule) -> TableName:
    """Return the table that a rule compares with; its name was checked when the contract was read."""
    return TableName.parse(str(rule.argument("table")))


def tolerance_problems(rule: Rule) -> Iterator[str]:
    """Yield what is wrong with `max_difference` and `max_difference_share`."""
    given = {name: rule.scalar(name) for name in ("max_difference", "max_difference_share")}
    if all(value is None for value in given.values()):
        yield "max_difference or max_difference_share is needed; 0 lets nothing differ"
    for name, value in given.items():
        if value is not None and not 0 <= float(str(value)) < math.inf:
            yield f"{name} is a number from 0, not {value}"


def history_problems(rule: Rule, types: Types) -> Iterator[str]:  # noqa: ARG001 - all checks are called alike
    """Yield what is wrong with a rule about the rows of earlier runs."""
    yield from tolerance_problems(rule)
    runs, least = (rule.scalar(name) for name in ("runs", "min_runs"))
    for name, value in (("runs", runs), ("min_runs", least)):
        if isinstance(value, int) and not 1 <= value <= MOST_RUNS:
            yield f"{name} is a number from 1 to {MOST_RUNS}, not {value}"
    if isinstance(runs, int) and isinstance(least, int) and least > runs:
        yield "min_runs is greater than runs, so nothing is ever checked"


def table_problems(rule: Rule, types: Types) -> Iterator[str]:  # noqa: ARG001 - all checks are called alike
    """Yield what is wrong with the `table` that a rule compares with, and with what it tolerates."""
    yield from tolerance_problems(rule)
    yield from _name_problems(rule)


def total_problems(rule: Rule, types: Types) -> Iterator[str]:
    """Yield what is wrong with a rule about the sum, or the rows, of a batch and another table."""
    yield from table_problems(rule, types)
    if (rule.argument("sum") is None) == bool(rule.columns):
        yield "a column stands beside sum, the other table's column; without both, rows are counted"


def balance_problems(rule: Rule, types: Types) -> Iterator[str]:
    """Yield what is wrong with a rule about what another table has of each key."""
    yield from tolerance_problems(rule)
    yield from _name_problems(rule)
    keys, references = rule.columns[:-1], rule.listed("references")
    if len(references) != len(keys):
        yield f"{len(keys)} columns of the key, all but the last, cannot refer to {len(references)}"
    if types[rule.columns[-1]].family != "number":
        yield f"the last column is the number that is compared, and {rule.columns[-1]} is a {types[rule.columns[-1]]}"


def lag_problems(rule: Rule, types: Types) -> Iterator[str]:
    """Yield what is wrong with a rule about how far a table is behind another."""
    yield from reference_problems(rule, types)
    lags = [lag for name in ("max_lag_hours", "max_lag_days") if (lag := rule.scalar(name)) is not None]
    if len(lags) != 1:
        yield "one of max_lag_hours and max_lag_days is needed"
    if any(not 0 <= float(str(lag)) < math.inf for lag in lags):
        yield "a lag is a number from 0"


def _name_problems(rule: Rule) -> Iterator[str]:
    try:
        TableName.parse(str(rule.argument("table")))
    except JobDefinitionError as error:
        yield f"{error.what}; {error.hint}"


def _exact(number: float | Fraction) -> Fraction:
    return Fraction(number)
