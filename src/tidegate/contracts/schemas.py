"""Contracts and Spark's schemas: one made from the other, and a frame held against its contract."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pyspark.sql import types as T

from tidegate.contracts.types import SparkType, parse_type
from tidegate.model.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tidegate.model.contracts import Contract

_ATOMIC: Mapping[str, T.DataType] = {
    "bigint": T.LongType(),
    "binary": T.BinaryType(),
    "boolean": T.BooleanType(),
    "date": T.DateType(),
    "double": T.DoubleType(),
    "float": T.FloatType(),
    "int": T.IntegerType(),
    "smallint": T.ShortType(),
    "string": T.StringType(),
    "timestamp": T.TimestampType(),
    "timestamp_ntz": T.TimestampNTZType(),
    "tinyint": T.ByteType(),
}
_OWN_PREFIX = "_"


def spark_schema(contract: Contract) -> T.StructType:
    """Return a contract's columns as Spark's schema, all nullable: whether a null may be there is a rule's business."""
    fields = [
        T.StructField(column.name, spark_type(parse_type(column.type)), metadata={"comment": column.description})
        for column in contract.columns
    ]
    return T.StructType(fields)


def spark_type(wanted: SparkType) -> T.DataType:
    """Return Spark's own object for a type."""
    if wanted.name == "decimal":
        return T.DecimalType(*wanted.numbers)
    parts = [(name, spark_type(part)) for name, part in wanted.parts]
    if wanted.name == "array":
        return T.ArrayType(parts[0][1])
    if wanted.name == "map":
        return T.MapType(parts[0][1], parts[1][1])
    if wanted.name == "struct":
        return T.StructType([T.StructField(name, part) for name, part in parts])
    return _ATOMIC[wanted.name]


def type_text(found: T.DataType) -> str:
    """Return the text of a type of Spark, as contracts write it."""
    if isinstance(found, T.ArrayType):
        return f"array<{type_text(found.elementType)}>"
    if isinstance(found, T.MapType):
        return f"map<{type_text(found.keyType)},{type_text(found.valueType)}>"
    if isinstance(found, T.StructType):
        parts = tuple((field.name, SparkType(type_text(field.dataType))) for field in found.fields)
        return str(SparkType("struct", parts=parts))
    return "string" if isinstance(found, T.CharType | T.VarcharType) else found.simpleString()


def frame_problems(schema: T.StructType, contract: Contract) -> Iterator[str]:
    """Yield in what a frame differs from its contract: columns and types, but for their order and tidegate's own."""
    found = {field.name: type_text(field.dataType) for field in schema.fields}
    twice = sorted(name for name, count in Counter(field.name for field in schema.fields).items() if count > 1)
    yield from (f"the column {name} is there twice" for name in twice)
    wanted = {column.name: str(parse_type(column.type)) for column in contract.columns}
    for name in found.keys() - wanted.keys():
        if not name.startswith(_OWN_PREFIX):
            yield f"the contract has no column {name}{did_you_mean(name, wanted)}"
    for name, type_ in wanted.items():
        if name not in found:
            yield f"the column {name} ({type_}) is missing"
        elif found[name] != type_:
            yield f"the column {name} is a {found[name]}, and the contract says {type_}"
