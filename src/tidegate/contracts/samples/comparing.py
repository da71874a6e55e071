"""Values of a row in plain Python, and how Spark compares two of them."""

from __future__ import annotations

import math
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Value: TypeAlias = (
    "bool | int | float | str | bytes | Decimal | date | datetime | Sequence[Value] | Mapping[str, Value] | None"
)


def comparable(left: Value, right: Value) -> tuple[object, object]:
    """Return two values so that Python compares them as Spark does: NaN is the greatest number, a day its midnight."""
    return _comparable(left), _comparable(right)


def _comparable(value: Value) -> object:
    if isinstance(value, float) and math.isnan(value):
        return math.inf
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=timezone.utc)
    return value


def is_nan(value: Value) -> bool:
    """Return whether a value is NaN."""
    return isinstance(value, float) and math.isnan(value)


def hashed(value: Value) -> object:
    """Return a value as a part of a key: equal ones are equal there."""
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
