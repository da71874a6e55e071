"""Values as contracts write them: numbers, texts, dates and timestamps."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING

from tidegate.contracts.types import MAX_PRECISION

if TYPE_CHECKING:
    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Scalar

_LONG = 2**63

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIMESTAMP = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})(?:[T ](?P<time>\d{2}:\d{2})(?P<second>:\d{2})?(?P<part>\.\d{1,6})?)?"
    r"(?P<zone>Z|[-+]\d{2}:\d{2})?",
    re.ASCII,
)


def as_date(text: str) -> date:
    """Return the day that an ISO text such as `2024-01-31` means.

    Raises:
        ValueError: The text is not such a day.
    """
    if not _DATE.fullmatch(text):
        raise ValueError(f"{text!r} is not a date such as 2024-01-31")
    return date.fromisoformat(text)


def as_timestamp(text: str) -> datetime:
    """Return the moment that an ISO text such as `2024-01-31T08:30:00Z` means; UTC where it names no zone.

    A day without a time is its midnight.

    Raises:
        ValueError: The text is not such a moment.
    """
    found = _TIMESTAMP.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a timestamp such as 2024-01-31T08:30:00Z")
    part = f"{found['part'] or '.':0<7}"
    zone = "+00:00" if found["zone"] in {None, "Z"} else found["zone"]
    moment = datetime.fromisoformat(f"{found['day']}T{found['time'] or '00:00'}{found['second'] or ':00'}{part}{zone}")
    return moment.astimezone(timezone.utc)


def as_value(value: Scalar, wanted: SparkType) -> bool | int | float | str | Decimal | date | datetime:
    """Return what a value of a contract is when it is compared with a column of a type.

    Numbers beside a whole or decimal number are exact.

    Raises:
        ValueError: The value cannot be compared with that type.
    """
    if wanted.family == "number" and isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value, wanted)
    if wanted.family == "boolean" and isinstance(value, bool):
        return value
    if isinstance(value, str):
        if wanted.family == "string":
            return value
        if wanted.family == "date":
            return as_date(value)
        if wanted.family == "timestamp":
            return as_timestamp(value)
    raise ValueError(f"{value!r} cannot be compared with a {wanted}")


def _number(value: float, wanted: SparkType) -> int | float | Decimal:
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a number to compare with")
    if wanted.has_nan:
        return float(value)
    exact = Decimal(format(Decimal(repr(value)), "f"))
    digits, exponent = len(exact.as_tuple().digits), -int(exact.as_tuple().exponent)
    if max(digits, exponent) > MAX_PRECISION:
        raise ValueError(f"{value} has more than {MAX_PRECISION} digits")
    return value if isinstance(value, int) and abs(value) < _LONG else exact
