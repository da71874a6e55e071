"""A table and the rows that wait beside it, put together for readers, as pure functions of frames.

In the SQL conditions `t` is a row of the table and `s` one that waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from tidegate.tables.columns import added, column, quoted, rank, widened
from tidegate.tables.merging import ranked

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from tidegate.model.commits import Deferral

BROADCAST_ROWS = 500_000

_PLACE = "_place"


def together(table: StructType, side: StructType) -> StructType:
    """Return the schema of a table with the rows that wait beside it, which may have columns that are newer."""
    new = added(side, table)
    return StructType([*table.fields, *(field for field in side.fields if field.name in new)])


def newest(rows: DataFrame, known: Deferral) -> DataFrame:
    """Return of the rows that wait the one that stands for each key."""
    key = Window.partitionBy(*(column(name) for name in known.keys))
    best = key.orderBy(rank(_order(known, rows.schema), rows.schema).desc())
    return rows.withColumn(_PLACE, F.row_number().over(best)).filter(F.col(_PLACE) == 1).drop(_PLACE)


def resolved(table: DataFrame, side: DataFrame, known: Deferral) -> DataFrame:
    """Return the table as it is once the rows that wait are merged: one row per key, the greatest.

    The table is read without a shuffle: the few that wait are sent to it.

    Args:
        table: The table's rows, one per key.
        side: The rows that wait, any number per key.
        known: How they compare.
    """
    schema = together(table.schema, side.schema)
    rows, waiting = widened(table, schema), newest(widened(side, schema), known)
    return kept(rows, waiting, known).unionByName(winners(waiting, rows, known))


def kept(rows: DataFrame, waiting: DataFrame, known: Deferral) -> DataFrame:
    """Return the rows that no waiting row of their key is greater than.

    Args:
        rows: Rows of the table.
        waiting: The rows that wait, one per key, with the same columns.
        known: How they compare.
    """
    where = f"{_same(known)} AND {_rank('s', known, rows.schema)} > {_rank('t', known, rows.schema)}"
    return rows.alias("t").join(_sent(waiting, known).alias("s"), F.expr(where), "left_anti")


def winners(waiting: DataFrame, rows: DataFrame, known: Deferral, *, wins_ties: bool = False) -> DataFrame:
    """Return the waiting rows that stand against the rows of their key.

    Args:
        waiting: The rows that wait, one per key.
        rows: Rows of the table, with the same columns.
        known: How they compare.
        wins_ties: Whether a waiting row stands also against one that is equal to it.
    """
    sign = ">" if wins_ties else ">="
    where = f"{_same(known)} AND {_rank('t', known, rows.schema)} {sign} {_rank('s', known, rows.schema)}"
    overtaken = rows.alias("t").join(_sent(waiting, known).alias("s"), F.expr(where), "inner")
    keys = overtaken.select(*(F.col(f"s.{quoted(key)}") for key in known.keys)).distinct()
    return waiting.join(_sent(keys, known), list(known.keys), "left_anti").select(*map(column, waiting.columns))


def of_same_keys(rows: DataFrame, waiting: DataFrame, known: Deferral) -> DataFrame:
    """Return the rows that have a key of one that waits."""
    keys = waiting.select(*map(column, known.keys)).distinct()
    return rows.join(_sent(keys, known), list(known.keys), "left_semi").select(*map(column, rows.columns))


def query(relations: tuple[str, str], schemas: tuple[StructType, StructType], known: Deferral) -> str:
    """Return `resolved` as SQL.

    Args:
        relations: The table and the rows that wait, as SQL names them.
        schemas: Their schemas.
        known: How they compare.
    """
    schema = together(*schemas)
    table, side = (
        f"SELECT {_columns(schema, own)} FROM {relation}"  # noqa: S608 - names are quoted
        for relation, own in zip(relations, schemas, strict=True)
    )
    names = ", ".join(map(quoted, schema.names))
    keys = ", ".join(map(quoted, known.keys))
    mine, theirs = _rank("s", known, schema), _rank("t", known, schema)
    return (
        f"WITH rows_of_table AS ({table}), rows_that_wait AS ("  # noqa: S608 - as above
        f"SELECT {names} FROM (SELECT *, row_number() OVER (PARTITION BY {keys} ORDER BY {mine} DESC) AS {_PLACE} "
        f"FROM ({side}) s) WHERE {_PLACE} = 1), "
        f"overtaken AS (SELECT DISTINCT {', '.join(f's.{quoted(key)}' for key in known.keys)} "
        f"FROM rows_of_table t JOIN rows_that_wait s ON {_same(known)} AND {theirs} >= {mine}) "
        f"SELECT {names} FROM rows_of_table t LEFT ANTI JOIN rows_that_wait s ON {_same(known)} AND {mine} > {theirs} "
        f"UNION ALL SELECT {names} FROM rows_that_wait t LEFT ANTI JOIN overtaken s ON {_same(known)}"
    )


def _columns(schema: StructType, own: StructType) -> str:
    present = set(own.names)
    return ", ".join(
        quoted(field.name)
        if field.name in present
        else f"CAST(NULL AS {field.dataType.simpleString()}) AS {quoted(field.name)}"
        for field in schema.fields
    )


def _sent(waiting: DataFrame, known: Deferral) -> DataFrame:
    return F.broadcast(waiting) if known.rows <= BROADCAST_ROWS else waiting


def _same(known: Deferral) -> str:
    return " AND ".join(f"t.{quoted(key)} = s.{quoted(key)}" for key in known.keys)


def _rank(side: str, known: Deferral, schema: StructType) -> str:
    return ranked(side, _order(known, schema), schema, schema)


def _order(known: Deferral, schema: StructType) -> tuple[str, ...]:
    present = set(schema.names)
    return tuple(name for name in dict.fromkeys((known.sequence_by, *known.compared)) if name in present)
