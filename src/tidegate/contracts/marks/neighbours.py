"""What a row's rules must know about other rows: of the tables it refers to, of its own table, of its batch.

Every function adds columns to a frame and keeps its rows as many as they are; nothing is read until somebody writes
the frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from tidegate.contracts.marks.packed import bits_name, common_types, packed, words_of
from tidegate.contracts.marks.sites import all_filled, column
from tidegate.contracts.schemas import type_text
from tidegate.contracts.types import parse_type, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from tidegate.contracts.marks.designs import Reach
    from tidegate.contracts.marks.packed import Packed
    from tidegate.contracts.types import SparkType

_WANTED = "_wanted"
_KEY = "_key"
_CONTENT = "_content"
_AT_BATCH = "_batch_key"
_FALSE = False  # F.lit names its only parameter differently in different releases


@dataclass(frozen=True)
class Other:
    """Columns of another table that columns of the rows refer to.

    Attributes:
        table: The table.
        columns: Its columns, in the order of the rows' own.
        reach: How much of it goes where.
    """

    table: DataFrame
    columns: Sequence[str]
    reach: Reach = "whole"

    @property
    def types(self) -> list[SparkType]:
        """The types of its columns."""
        fields = self.table.schema
        return [parse_type(type_text(fields[name].dataType)) for name in self.columns]


@dataclass(frozen=True)
class Found:
    """A frame and what was found out about each of its rows.

    Attributes:
        rows: The frame, with columns of the search that have to be dropped in the end.
        answer: True or false, never null.
    """

    rows: DataFrame
    answer: Column


def with_reference(rows: DataFrame, names: Sequence[str], types: Sequence[SparkType], other: Other, mark: str) -> Found:
    """Return whether the values of each row occur in another table.

    Args:
        rows: The rows.
        names: Their columns.
        types: The types of these.
        other: What they refer to.
        mark: What the columns that are added begin with.
    """
    both = common_types(types, other.types)
    here, there = packed(names, both, is_exact=True), packed(other.columns, both, is_exact=True)
    held = _complete(other.table, other.columns)
    if other.reach == "near":
        wanted = words_of(_complete(rows, names), here, _WANTED)
        held = held.join(F.broadcast(wanted), _same_words(there, _WANTED), "left_semi")
    known = words_of(held, there, mark)
    known = known if other.reach == "shuffled" else F.broadcast(known)
    joined = rows.join(known, _same_words(here, mark), "left").drop(*here.names(mark))
    return Found(joined, F.coalesce(F.col(bits_name(mark)).bitwiseAND(here.bit) != 0, F.lit(_FALSE)))


def _complete(rows: DataFrame, names: Sequence[str]) -> DataFrame:
    return rows.filter(all_filled(names))


def _same_words(key: Packed, mark: str) -> Column:
    return _all(word == F.col(name) for word, name in zip(key.words, key.names(mark), strict=True))


def with_table(rows: DataFrame, names: Sequence[str], table: DataFrame, content: Column, mark: str) -> DataFrame:
    """Return the rows with what the table holds under the same values of some columns.

    Only rows of the table whose values occur in the batch are shuffled.

    Args:
        rows: The rows.
        names: Columns of both.
        table: The table.
        content: What is wanted of the table's rows.
        mark: Name of the column that is added: an array of distinct contents, null where the table has no such row.
    """
    keys = [f"{mark}{_KEY}{position}" for position in range(len(names))]
    wanted = [f"{key}{_AT_BATCH}" for key in keys]
    batch = rows.select(*[column(name).alias(key) for name, key in zip(names, wanted, strict=True)]).distinct()
    held = table.select(
        *[column(name).alias(key) for name, key in zip(names, keys, strict=True)], content.alias(_CONTENT)
    )
    near = held.join(
        F.broadcast(batch), _all(F.col(a) == F.col(b) for a, b in zip(keys, wanted, strict=True)), "left_semi"
    )
    grouped = near.groupBy(*keys).agg(F.collect_set(_CONTENT).alias(mark))
    return rows.join(grouped, _equal(names, keys), "left").drop(*keys)


def with_total(rows: DataFrame, columns: Mapping[str, str], other: DataFrame, total: Column, mark: str) -> DataFrame:
    """Return the rows with what another table has of their key in all; null where it has no row of it.

    Only rows of the other table whose keys occur in the batch are shuffled.

    Args:
        rows: The rows.
        columns: Their columns of the key, each with the column of the other table that it refers to.
        other: The other table.
        total: The aggregate over its rows of a key.
        mark: Name of the column that is added.
    """
    names, others = [*columns], [*columns.values()]
    keys = [f"{mark}{_KEY}{position}" for position in range(len(names))]
    wanted = [f"{key}{_AT_BATCH}" for key in keys]
    batch = rows.select(*[column(name).alias(key) for name, key in zip(names, wanted, strict=True)]).distinct()
    near = other.join(F.broadcast(batch), _equal(others, wanted), "left_semi")
    grouped = near.groupBy(*[column(name).alias(key) for name, key in zip(others, keys, strict=True)])
    return rows.join(grouped.agg(total.alias(mark)), _equal(names, keys), "left").drop(*keys)


def with_rank(rows: DataFrame, keys: Sequence[str], order: Sequence[Column], mark: str) -> DataFrame:
    """Return the rows with their rank within their key, from 1; without a key each is the first."""
    if not keys:
        return rows.withColumn(mark, F.lit(1))
    window = Window.partitionBy(*map(column, keys)).orderBy(*order)
    return rows.withColumn(mark, F.row_number().over(window))


def with_twins(rows: DataFrame, names: Sequence[str], counts: Column, identity: Sequence[Column], mark: str) -> Found:
    """Return whether another row of the batch has the same values; rows with a null among them have no equal.

    Args:
        rows: The rows.
        names: The columns.
        counts: Which rows count.
        identity: Columns that spread rows with nulls, which would otherwise all meet in one place.
        mark: Name of the column that is added.
    """
    has_null = reduce(or_, [column(name).isNull() for name in names])
    apart = F.when(has_null, F.xxhash64(*identity)).otherwise(F.lit(0).cast("bigint"))
    window = Window.partitionBy(*map(column, names), apart)
    counted = rows.withColumn(mark, F.count_if(counts).over(window))
    return Found(counted, counts & ~has_null & (F.col(mark) > 1))


def aligned(table: DataFrame, types: Mapping[str, SparkType]) -> DataFrame:
    """Return a contract's columns from a table that may be older: what it lacks, or what does not fit, is null."""
    found = {field.name: type_text(field.dataType) for field in table.schema.fields}
    return table.select(*[_as_wanted(name, str(type_), found).alias(name) for name, type_ in types.items()])


def comparable(name: str, type_: SparkType) -> Column:
    """Return a column as something that can be compared and sorted: maps become JSON."""
    return F.to_json(column(name)) if type_.has_map else column(name)


def _as_wanted(name: str, wanted: str, found: Mapping[str, str]) -> Column:
    if name not in found:
        return F.lit(None).cast(wanted)
    return column(name) if found[name] == wanted else F.expr(f"try_cast({quoted(name)} AS {wanted})")


def _equal(names: Sequence[str], keys: Sequence[str]) -> Column:
    return _all(column(name) == F.col(key) for name, key in zip(names, keys, strict=True))


def _all(conditions: Iterable[Column]) -> Column:
    return reduce(and_, conditions)
