"""Metrics that ask for more than "at most so many failures": the number of rows that fail has bounds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tidegate.contracts.types import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    from tidegate.contracts.types import Family
    from tidegate.model.contracts import Argument, Scalar

    Range: TypeAlias = tuple[float | None, float | None]

_PERCENT = 100


def failing_rows(kind: str, arguments: Mapping[str, Argument], column: str, family: Family) -> str | None:
    """Return the condition of the rows that fail a rule, in the language of `sql`; None where it takes several rows.

    Args:
        kind: Kind of the rule.
        arguments: Its arguments.
        column: The column that it reads.
        family: What the column's values are.
    """
    name = quoted(column)
    given = arguments.get("values")
    values = [value for value in (given if isinstance(given, tuple) else ()) if value is not None]
    listed = ", ".join(_literal(value, family) for value in values)
    if kind == "not_null":
        return f"{name} is null"
    if kind == "not_missing":
        return f"{name} is null or {name} in ({listed})" if listed else f"{name} is null"
    if kind == "accepted_values":
        return f"{name} not in ({listed})"
    return f"not {name} rlike {_literal(str(arguments['pattern']), 'string')}" if kind == "pattern" else None


def row_bounds(operators: Mapping[str, object]) -> dict[str, Argument] | None:
    """Return `min` and `max` of a number of rows that operators such as `mustBe` ask for; None where it is no range."""
    return _joined([_rows(name, value) for name, value in operators.items()], ("min", "max"))


def share_bounds(operators: Mapping[str, object]) -> dict[str, Argument] | None:
    """Return `min_share` and `max_share` that operators in percent ask for; None where it is no range from 0 to 100."""
    found = [_shares(name, value) for name, value in operators.items()]
    return _joined(found, ("min_share", "max_share"))


def _joined(ranges: Sequence[Range | None], names: tuple[str, str]) -> dict[str, Argument] | None:
    """Return the range that all ranges share; None where one of them is none."""
    known = [bounds for bounds in ranges if bounds is not None]
    if not known or len(known) < len(ranges):
        return None
    lows = [low for low, _ in known if low is not None]
    highs = [high for _, high in known if high is not None]
    return {**({names[0]: max(lows)} if lows else {}), **({names[1]: min(highs)} if highs else {})}


def _rows(name: str, value: object) -> Range | None:
    if name == "mustBeBetween" and isinstance(value, list):
        return math.ceil(value[0]), math.floor(value[1])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if name == "mustNotBe":
        return (1, None) if value == 0 else None
    at_least, at_most = math.ceil(value), math.floor(value)
    bounds: dict[str, Range] = {
        "mustBe": (at_least, at_most),
        "mustBeGreaterThan": (at_most + 1, None),
        "mustBeGreaterOrEqualTo": (at_least, None),
        "mustBeLessThan": (None, at_least - 1),
        "mustBeLessOrEqualTo": (None, at_most),
    }
    found = bounds.get(name)
    return None if found and found[1] is not None and found[1] < 0 else found


def _shares(name: str, value: object) -> Range | None:
    if name == "mustBeBetween" and isinstance(value, list):
        low, high = (float(bound) / _PERCENT for bound in value)
        return (low, high) if 0 <= low <= high <= 1 else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _PERCENT:
        return None
    share = value / _PERCENT
    bounds: dict[str, Range] = {
        "mustBe": (share, share),
        "mustBeGreaterThan": (math.nextafter(share, 2), None),
        "mustBeGreaterOrEqualTo": (share, None),
        "mustBeLessThan": (None, math.nextafter(share, -1)),
        "mustBeLessOrEqualTo": (None, share),
    }
    found = bounds.get(name)
    return None if found and any(bound is not None and not 0 <= bound <= 1 for bound in found) else found


def _literal(value: Scalar, family: Family) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "''")
        return f"{family if family in {'date', 'timestamp'} else ''} '{escaped}'".strip()
    return str(value).lower()
