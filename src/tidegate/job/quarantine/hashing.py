"""The hash of a quarantined row: the same for the same row, in every run, on every platform and version of Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql import types as T

from tidegate.tables.columns import column

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pyspark.sql import Column
    from pyspark.sql.types import DataType, StructType


def row_hash(names: Iterable[str], schema: StructType) -> Column:
    """Return the SHA-256 of a row's values, in hexadecimal.

    What is hashed is a text of our own making, because Spark's own texts of values depend on its version, on Java's, on
    the time zone and on settings. Per column that is not null, in the order of names: the name, a letter for the kind
    of value, and the value; texts with their length before them, so that no two rows share a text. A null is left out,
    so a column that is added and empty changes no hash, and is told from an empty text, which is there.

    Whole numbers of all lengths are alike, and so are float and double, so that a column may become wider. Times are
    counted in microseconds of UTC. -0.0 is 0.0, and all NaN are one. Entries of maps are sorted.

    Args:
        names: The columns.
        schema: Their types.
    """
    parts = [
        F.when(column(name).isNotNull(), F.concat(F.lit(_text(name)), _value(column(name), schema[name].dataType)))
        for name in sorted(names)
    ]
    return F.sha2(F.concat_ws("", *parts), 256)


def _text(text: str) -> str:
    return f"{len(text)}:{text}"


def _value(value: Column, kind: DataType) -> Column:
    """Return the text of a value; `~` for null within another value."""
    return F.coalesce(_known(value, kind), F.lit("~"))


def _known(value: Column, kind: DataType) -> Column:
    if isinstance(kind, T.ArrayType):
        return _listed("a", F.transform(value, lambda one: _value(one, kind.elementType)))
    if isinstance(kind, T.MapType):
        entries = F.transform(
            F.map_entries(value),
            lambda one: F.concat(_value(one["key"], kind.keyType), _value(one["value"], kind.valueType)),
        )
        return _listed("m", F.array_sort(entries))
    if isinstance(kind, T.StructType):
        parts = [_value(value.getField(field.name), field.dataType) for field in kind.fields]
        return F.when(value.isNotNull(), F.concat(F.lit(f"r{len(parts)}:"), *parts))
    return _scalar(value, kind)


def _scalar(value: Column, kind: DataType) -> Column:
    """Return the text of a value without parts; null for null."""
    if isinstance(kind, T.BooleanType):
        return F.when(value, "t").when(~value, "f")
    for kinds, letter, text in _COUNTED:
        if isinstance(kind, kinds):
            told = F.concat(F.lit(letter), text(value), F.lit(";"))
            return F.when(value.isNotNull(), told)
    letter = _SIZED.get(kind.typeName(), "s")
    return F.concat(F.lit(letter), _sized(F.hex(value) if letter == "b" else value.cast("string")))


def _plain(value: Column) -> Column:
    return value.cast("string")


def _bits(value: Column) -> Column:
    """Return a number for a float or double: their texts depend on Java."""
    return F.xxhash64(value.cast("double")).cast("string")


def _day(value: Column) -> Column:
    return F.unix_date(value).cast("string")


def _micros(value: Column) -> Column:
    return F.unix_micros(value).cast("string")


def _sized(text: Column) -> Column:
    return F.concat(F.char_length(text).cast("string"), F.lit(":"), text)


def _listed(letter: str, texts: Column) -> Column:
    return F.concat(F.lit(letter), F.size(texts).cast("string"), F.lit(":"), F.array_join(texts, ""))


def _digits(value: Column) -> Column:
    """Return a decimal in plain digits, never as `1E-7`: with the text of JSON, which is the same in all versions."""
    return F.regexp_replace(F.to_json(F.struct(value.alias("v"))), r'^\{"v":|\}$', "")


_COUNTED: tuple[tuple[tuple[type[DataType], ...], str, Callable[[Column], Column]], ...] = (
    ((T.ByteType, T.ShortType, T.IntegerType, T.LongType), "i", _plain),
    ((T.FloatType, T.DoubleType), "f", _bits),
    ((T.DecimalType,), "n", _digits),
    ((T.DateType,), "d", _day),
    ((T.TimestampType,), "u", _micros),
)
_SIZED = {"timestamp_ntz": "w", "binary": "b"}
