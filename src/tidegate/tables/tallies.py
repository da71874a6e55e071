"""A table in numbers, day by day: enough to tell whether two tables in different places hold the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from pyspark.sql import functions as F
from pyspark.sql.types import (
    ByteType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    ShortType,
    TimestampNTZType,
    TimestampType,
)

from tidegate.errors import TableError
from tidegate.tables.columns import column

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import DataType

Sum: TypeAlias = Decimal | float | None

_WHOLE = (ByteType, ShortType, IntegerType, LongType)
_DAYS = (DateType, TimestampType, TimestampNTZType)
_BROKEN = (FloatType, DoubleType)
_WIDE = "decimal(20,0)"  # any 64-bit number; sums of these do not overflow
_DAY, _ROWS, _KEYS, _KEY_PRINT, _ROW_PRINT = "_day", "_rows", "_keys", "_key_print", "_row_print"


@dataclass(frozen=True)
class Tally:
    """The numbers of one day.

    Attributes:
        rows: How many rows there are.
        keys: How many keys there are; None where rows have no key.
        key_print: Sum of the hashes of the keys; equal for equal keys in any order.
        row_print: Sum of the hashes of the rows, without broken numbers and maps, whose bytes need not be equal.
        sums: Sum per column of numbers; None where all are null.
    """

    rows: int
    keys: int | None
    key_print: Decimal
    row_print: Decimal
    sums: Mapping[str, Sum]


def daily(rows: DataFrame, keys: Sequence[str], day: str | None, columns: Sequence[str]) -> dict[date | None, Tally]:
    """Return a tally per day (UTC); what has no day, and all rows of a table without days, is under None.

    One pass over the rows, whose numbers alone come to the driver.

    Args:
        rows: The rows.
        keys: Columns that identify a row; empty where nothing does.
        day: A date or a timestamp; None where rows have no day.
        columns: The columns to count in, sorted.

    Raises:
        TableError: There is no column of the key, or of the day, or the latter is neither a date nor a timestamp.
    """
    missing = [name for name in (*keys, *([day] if day else [])) if name not in rows.columns]
    if missing:
        raise TableError(
            f"there is no column {', '.join(missing)}",
            where=f"columns: {', '.join(rows.columns)}",
            hint="name others with --keys and --day",
        )
    types = {field.name: field.dataType for field in rows.schema.fields}
    if day and not isinstance(types[day], _DAYS):
        raise TableError(
            f"the column {day} is neither a date nor a timestamp",
            where=f"its type is {types[day].simpleString()}",
            hint="name another one with --day",
        )
    numbers = [name for name in columns if isinstance(types[name], (*_WHOLE, *_BROKEN, DecimalType))]
    printed = [name for name in columns if not isinstance(types[name], (*_BROKEN, MapType))]
    key = F.xxhash64(*map(column, keys)) if keys else F.lit(0)
    facts = [
        F.count(F.lit(1)).alias(_ROWS),
        F.count_distinct(key).alias(_KEYS),
        F.sum(key.cast(_WIDE)).alias(_KEY_PRINT),
        F.sum((F.xxhash64(*map(column, printed)) if printed else F.lit(0)).cast(_WIDE)).alias(_ROW_PRINT),
        *(F.sum(_summed(name, types[name])).alias(f"s{place}") for place, name in enumerate(numbers)),
    ]
    days = F.to_date(column(day)) if day else F.lit(None).cast("date")
    found = rows.groupBy(days.alias(_DAY)).agg(*facts).collect()
    return {
        row[_DAY]: Tally(
            row[_ROWS],
            row[_KEYS] if keys else None,
            row[_KEY_PRINT],
            row[_ROW_PRINT],
            {name: row[f"s{place}"] for place, name in enumerate(numbers)},
        )
        for row in found
    }


def _summed(name: str, kind: DataType) -> Column:
    return column(name).cast(_WIDE) if isinstance(kind, _WHOLE) else column(name)
