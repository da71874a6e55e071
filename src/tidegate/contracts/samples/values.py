"""Values of a type: made from a number, moved by one step, fitted, and written as JSON that Spark reads."""

from __future__ import annotations

import base64
import math
import struct
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from tidegate.contracts.samples.comparing import is_nan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tidegate.contracts.samples.comparing import Value
    from tidegate.contracts.types import SparkType

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"

_BITS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}
_DAY = date(2024, 1, 1)
_MOMENT = datetime(2024, 1, 1, 8, tzinfo=timezone.utc)


def nth_value(kind: SparkType, number: int, label: str) -> Value:
    """Return the value of a type that belongs to a number; as far as the type has as many, each number has its own.

    Args:
        kind: The type.
        number: From 0.
        label: What texts begin with.
    """
    if kind.family == "number":
        return _nth_number(kind, number + 1)
    if kind.name == "struct":
        return {name: nth_value(part, number, name) for name, part in kind.parts}
    if kind.name == "array":
        return [nth_value(kind.parts[0][1], number, label)]
    if kind.name == "map":  # JSON has no other keys than texts
        key, value = (part for _, part in kind.parts)
        return {f"{label}-{number + 1}": nth_value(value, number, label)} if key.family == "string" else {}
    made: dict[str, Value] = {
        "string": f"{label}-{number + 1}",
        "boolean": number % 2 == 0,
        "date": _DAY + timedelta(days=number),
        "timestamp": _MOMENT + timedelta(hours=number),
        "binary": (number + 1).to_bytes(4, "big"),
    }
    return made[kind.family]


def _nth_number(kind: SparkType, number: int) -> Value:
    if kind.name == "decimal":
        precision, scale = kind.numbers
        whole = precision - scale
        return _decimal(Decimal(number % 10**whole) if whole else Decimal(number % 10**scale).scaleb(-scale), kind)
    return float(number) if kind.has_nan else number % 100 if kind.name == "tinyint" else number


def beside(value: Value, kind: SparkType) -> Iterator[Value]:
    """Yield a value and those one step below and above it, as far as the type has them."""
    itself = fitted(value, kind)
    if itself is not None:
        yield itself
    steps: tuple[Any, ...] = ()
    if isinstance(value, datetime):
        steps = (timedelta(seconds=1), timedelta(days=1))
    elif isinstance(value, date):
        steps = (timedelta(days=1),)
    elif isinstance(value, Decimal):
        steps = (Decimal(1).scaleb(-kind.numbers[1]) if kind.name == "decimal" else 1,)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        steps = (1,)
    for step in steps:
        for moved in (value - step, value + step):
            fits = fitted(moved, kind)
            if fits is not None:
                yield fits


def fitted(value: Value, kind: SparkType) -> Value:
    """Return a value as one of a type; None where it is not one."""
    if kind.family == "number":
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            return None
        return _fitted_number(value, kind)
    wanted: dict[str, type] = {"string": str, "boolean": bool, "date": date, "timestamp": datetime}
    is_fine = isinstance(value, wanted.get(kind.family, object))
    if kind.family == "date" and isinstance(value, datetime):
        return None
    if kind.family == "timestamp" and isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=timezone.utc)
    return value if is_fine else None


def _fitted_number(value: float | Decimal, kind: SparkType) -> Value:
    if kind.has_nan:
        return struct.unpack("f", struct.pack("f", value))[0] if kind.name == "float" else float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    exact = Decimal(str(value))
    if kind.name == "decimal":
        return _decimal(exact, kind)
    limit = 2 ** (_BITS[kind.name] - 1)
    return int(exact) if exact == int(exact) and -limit <= exact < limit else None


def _decimal(value: Decimal, kind: SparkType) -> Decimal | None:
    precision, scale = kind.numbers
    units = value.scaleb(scale)
    if units != int(units) or abs(int(units)) >= 10**precision:
        return None
    return Decimal(int(units)).scaleb(-scale)


def as_json(value: Value, kind: SparkType) -> Json:
    """Return a value of a type as JSON from which Spark reads it again; numbers that are exact are texts."""
    parts = dict(kind.parts)
    if isinstance(value, dict):
        return {name: as_json(part, parts.get(name) or parts["value"]) for name, part in value.items()}
    if isinstance(value, list):
        return [as_json(part, parts["element"]) for part in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):  # or a time
        return value.isoformat().replace("+00:00", "" if kind.name == "timestamp_ntz" else "Z")
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return "NaN" if is_nan(value) else value  # type: ignore[return-value]
