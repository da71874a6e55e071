"""Names and columns as Spark expressions: quoting, a total order over rows, and fitting a batch to its table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, MapType, StructType

from tidegate.errors import PublishError
from tidegate.model.evolution import Terms
from tidegate.tables.evolution import compare

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import DataType, StructField

    from tidegate.model.names import TableName

SMALL_FILE_ROWS = 250_000
LARGE_FILE_ROWS = 2_000_000
_MANY_FILES = 64


def quoted(name: str) -> str:
    """Return a column name in backticks, so that dots and spaces in it mean nothing."""
    return f"`{name.replace('`', '``')}`"


def column(name: str) -> Column:
    """Return the column of exactly that name."""
    return F.col(quoted(name))


def rank(names: Iterable[str], schema: StructType) -> Column:
    """Return a value by which rows compare in a total order: by the columns in turn, nulls lowest.

    Args:
        names: The columns to compare by.
        schema: Schema of the rows. Maps are compared by their sorted entries.
    """
    return F.struct(*(F.expr(f"{comparable(quoted(name), schema[name].dataType)} AS {quoted(name)}") for name in names))


def comparable(expression: str, kind: DataType) -> str:
    """Return the SQL of a value that orders as the expression does, also where its type has no order (a map).

    Raises:
        PublishError: A map within an array, a struct or another map has no order.
    """
    if isinstance(kind, MapType):
        if any(_has_map(part) for part in (kind.keyType, kind.valueType)):
            raise _no_order(expression)
        return f"array_sort(map_entries({expression}))"
    if _has_map(kind):
        raise _no_order(expression)
    return expression


def fitted(batch: DataFrame, table: StructType, *, name: TableName, terms: Terms | None = None) -> DataFrame:
    """Return the batch with the table's columns in the table's order, then the columns that are new.

    Tidegate's own columns (`_…`) that the batch lacks are null. A column that becomes wider has the batch's type.

    Args:
        batch: The rows.
        table: Schema of the table.
        name: Name of the table, for the message.
        terms: What may change of the table; by default columns may come.

    Raises:
        PublishError: A column of the table is missing, or has a type that the table cannot take; or it may not change.
    """
    found = batch.schema
    faults = [refusal.text for refusal in compare(table, found, terms or Terms()).refusals]
    if faults:
        raise PublishError(
            f"the batch does not fit the table: {'; '.join(faults)}",
            where=str(name),
            hint="storage.evolution says what a table takes; for anything else restore the contract",
        )
    ours = [
        column(field.name) if field.name in found.names else F.lit(None).cast(field.dataType).alias(field.name)
        for field in table.fields
    ]
    return batch.select(*ours, *(column(new) for new in added(found, table)))


def added(batch: StructType, table: StructType) -> tuple[str, ...]:
    """Return the columns of a batch that the table does not have yet."""
    known = {field.name.lower() for field in table.fields}
    return tuple(name for name in batch.names if name.lower() not in known)


def united(one: DataFrame, other: DataFrame) -> DataFrame:
    """Return the rows of both, columns by their names.

    The method is the frame's own: those of Spark Connect are of another class, which `DataFrame.unionByName` refuses.
    """
    return one.unionByName(other)


def widened(rows: DataFrame, schema: StructType) -> DataFrame:
    """Return rows with the columns and types of a later schema of their table; columns they lack are null."""
    present = {field.name: field.dataType for field in rows.schema.fields}
    return rows.select(*(_as_later(field, present.get(field.name)) for field in schema.fields))


def schema_of(text: str) -> StructType:
    """Return the schema that Spark's JSON describes."""
    return StructType.fromJson(json.loads(text))


def no_rows(like: DataFrame, schema: StructType) -> DataFrame:
    """Return a frame of that schema without rows, made from a frame of the same session."""
    return widened(like.limit(0).select(), schema)


def arranged(rows: DataFrame, count: int, cluster_by: Sequence[str]) -> DataFrame:
    """Return rows cut into a sensible number of files, each sorted, so that readers skip what they do not need.

    With several files the rows are split by ranges of the columns, so that files overlap only where values are equal.

    Args:
        rows: The rows to write.
        count: How many they are, at least roughly.
        cluster_by: Columns to sort by; those that the rows do not have are left out.
    """
    present = rows.columns
    columns = [column(name) for name in cluster_by if name in present]
    files = file_count(count)
    if files == 1:
        rows = rows.coalesce(1)
    elif columns:
        rows = rows.repartitionByRange(files, *columns)
    else:
        rows = rows.coalesce(files)
    return rows.sortWithinPartitions(*columns) if columns else rows


def file_count(rows: int) -> int:
    """Return the number of files that rows should lie in.

    Up to 250,000 rows go into one file, and up to 64 files grow in number before they grow in size (2 million rows at
    most): merges rewrite or strike out file by file, and logs and readers have a price per file.
    """
    return max(min(_MANY_FILES, -(-rows // SMALL_FILE_ROWS)), -(-rows // LARGE_FILE_ROWS), 1)


def _as_later(field: StructField, present: DataType | None) -> Column:
    if present is None:
        return F.lit(None).cast(field.dataType).alias(field.name)
    if present.simpleString() == field.dataType.simpleString():
        return column(field.name)
    return column(field.name).cast(field.dataType).alias(field.name)


def _has_map(kind: DataType) -> bool:
    if isinstance(kind, MapType):
        return True
    if isinstance(kind, ArrayType):
        return _has_map(kind.elementType)
    return isinstance(kind, StructType) and any(_has_map(field.dataType) for field in kind.fields)


def _no_order(expression: str) -> PublishError:
    return PublishError(
        f"{expression} holds maps within another value, which have no order to compare rows by",
        hint="turn the map into an array of structs sorted by key",
    )
