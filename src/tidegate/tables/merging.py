"""The MERGE statements of the write modes, for every format whose tables Spark merges into."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.errors import PublishError
from tidegate.tables import change_data, semantics
from tidegate.tables.change_columns import IS_DELETED
from tidegate.tables.columns import column, comparable, quoted
from tidegate.tables.days import folded, within

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

    from tidegate.model.modes import ApplyChanges, LateWindow, ReplaceWindow, Scd2, Upsert
    from tidegate.tables.port import Batch

_BROADCAST_ROWS = 500_000


@dataclass(frozen=True)
class Schemas:
    """The schemas on both sides of a merge.

    Attributes:
        source: Schema of the rows, with all columns of the table and perhaps more.
        target: Schema of the table.
    """

    source: StructType
    target: StructType


def upsert(target: str, source: str, mode: Upsert, batch: Batch, schemas: Schemas) -> str:
    """Return the statement that merges rows by key: the greater of a row and the table's own stands.

    Args:
        target: The table as SQL names it.
        source: The rows as SQL names them, at most one per key.
        mode: The mode.
        batch: The batch, for what its rows are compared by and the days it touches.
        schemas: The schemas on both sides.
    """
    keys = " AND ".join(f"t.{quoted(key)} = s.{quoted(key)}" for key in mode.keys)
    order = (mode.sequence_by, *batch.compared)
    mine = ranked("s", order, schemas.source, schemas.source)
    theirs = ranked("t", order, schemas.source, schemas.target)
    wins = f"{mine} > {theirs}"
    if batch.prevails:
        newest = [ranked(side, order[:1], schemas.source, of) for side, of in _sides(schemas)]
        wins = f"{newest[0]} >= {newest[1]} AND {mine} <> {theirs}"
    return (
        f"MERGE INTO {target} t USING {source} s ON {keys}{_window(schemas.source, batch, mode.late)} "
        f"WHEN MATCHED AND {wins} THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )


def rebuilt(table: DataFrame, rows: DataFrame, mode: Scd2, batch: Batch) -> DataFrame:
    """Return the history of the batch's keys as the batch makes it, with actions and outcomes.

    Args:
        table: The table's rows.
        rows: The batch's rows, with the table's columns.
        mode: The mode.
        batch: The batch.
    """
    keys = rows.select(*(column(key) for key in mode.keys)).distinct()
    if batch.count <= _BROADCAST_ROWS:
        keys = F.broadcast(keys)
    mine = table.join(keys, list(mode.keys), "left_semi")
    return semantics.rebuilt(mine, rows, mode, batch.compared, prevails=batch.prevails)


def changes(rebuilt_history: DataFrame) -> DataFrame:
    """Return the intervals that a merge is to insert, update or delete, with exactly the table's columns.

    A null in `is_current`, which no interval has, marks those that are to go.
    """
    is_current = F.when(F.col(semantics.ACTION) != "delete", F.col(semantics.IS_CURRENT))
    marked = rebuilt_history.filter(semantics.has_action()).withColumn(semantics.IS_CURRENT, is_current)
    return marked.drop(semantics.ACTION, semantics.OUTCOME)


def history(target: str, source: str, mode: Scd2) -> str:
    """Return the statement that merges the changes of a history.

    Args:
        target: The table as SQL names it.
        source: What `changes` returned, as SQL names it.
        mode: The mode.
    """
    on = " AND ".join(f"t.{quoted(key)} = s.{quoted(key)}" for key in mode.keys)
    return (
        f"MERGE INTO {target} t USING {source} s ON {on} AND t.valid_from <=> s.valid_from "
        "WHEN MATCHED AND s.is_current IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET * "
        "WHEN NOT MATCHED AND s.is_current IS NOT NULL THEN INSERT *"
    )


def applied(table: DataFrame, rows: DataFrame, mode: ApplyChanges, batch: Batch) -> DataFrame:
    """Return what the changes of a batch make of the rows that they touch, with actions and outcomes.

    Args:
        table: The table's rows, hidden ones too.
        rows: The batch's rows, with the table's columns.
        mode: The mode.
        batch: The batch, as `change_data.resolved` made it.
    """
    keys = rows.select(*(column(key) for key in mode.keys)).distinct()
    if batch.count <= _BROADCAST_ROWS:
        keys = F.broadcast(keys)
    return change_data.applied(change_data.touched(table, rows, mode, batch, keys), rows, mode, batch)


def applied_changes(applied_rows: DataFrame) -> DataFrame:
    """Return the rows that a merge is to insert, update or delete, with exactly the table's columns.

    `_is_deleted` is false, which it is on no row of a table, on those that are to go.
    """
    is_deleted = F.when(F.col(semantics.ACTION) == "delete", F.lit(False)).otherwise(F.col(IS_DELETED))  # noqa: FBT003
    marked = applied_rows.filter(semantics.has_action()).withColumn(IS_DELETED, is_deleted)
    return marked.drop(semantics.ACTION, semantics.OUTCOME)


def apply_changes(target: str, source: str, mode: ApplyChanges) -> str:
    """Return the statement that merges applied changes. Keys are compared with nulls equal: a truncate has none.

    Args:
        target: The table as SQL names it.
        source: What `applied_changes` returned, as SQL names it.
        mode: The mode.
    """
    on = " AND ".join(f"t.{quoted(key)} <=> s.{quoted(key)}" for key in mode.keys)
    goes = f"s.{quoted(IS_DELETED)} <=> false"
    return (
        f"MERGE INTO {target} t USING {source} s ON {on} WHEN MATCHED AND {goes} THEN DELETE "
        f"WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED AND NOT ({goes}) THEN INSERT *"
    )


def replaced(rows: DataFrame, batch: Batch, mode: ReplaceWindow) -> str:
    """Return the condition of the table's rows whose place a batch takes: those of the days that it has rows for.

    Args:
        rows: The batch's rows.
        batch: The batch, which may know its days.
        mode: The mode.

    Raises:
        PublishError: A row has no day.
    """
    days = batch.days
    if days is None:
        found = [row[0] for row in rows.select(F.to_date(column(mode.column))).distinct().collect()]
        if None in found:
            raise PublishError(
                f"rows without {mode.column} replace no window",
                where=str(batch.table),
                hint=f"give {mode.column} a not_null rule, so that such rows are quarantined",
            )
        days = tuple(found)
    kind = rows.schema[mode.column].dataType.simpleString()
    return within(quoted(mode.column), kind, folded(days, limit=len(days) + 1))


@contextmanager
def named(rows: DataFrame) -> Iterator[str]:
    """Give the frame a name that SQL knows it by."""
    name = f"tidegate_{uuid.uuid4().hex}"
    rows.createOrReplaceTempView(name)
    try:
        yield name
    finally:
        rows.sparkSession.catalog.dropTempView(name)


def _sides(schemas: Schemas) -> tuple[tuple[str, StructType], tuple[str, StructType]]:
    """Return the names of the sides of a merge, each with the columns that it has."""
    return ("s", schemas.source), ("t", schemas.target)


def ranked(side: str, names: Sequence[str], schema: StructType, present: StructType) -> str:
    """Return the SQL of a value that orders the rows of one side of a join.

    Args:
        side: Alias of the side.
        names: The columns to compare by, in turn.
        schema: Types of the columns.
        present: Schema of the side; columns that it does not have yet are null.
    """
    known = {field.name.lower() for field in present.fields}
    parts = []
    for place, name in enumerate(dict.fromkeys(names)):
        kind = schema[name].dataType
        value = f"{side}.{quoted(name)}" if name.lower() in known else f"CAST(NULL AS {kind.simpleString()})"
        parts.append(f"'c{place}', {comparable(value, kind)}")
    return f"named_struct({', '.join(parts)})"


def _window(schema: StructType, batch: Batch, late: LateWindow | None) -> str:
    """Return the condition that keeps a merge to the files of the batch's days.

    A row without an event time may stand among any days, and files without such rows are known from their statistics.
    """
    if late is None or batch.days is None:
        return ""
    event = f"t.{quoted(late.column)}"
    return f" AND ({within(event, schema[late.column].dataType.simpleString(), folded(batch.days))} OR {event} IS NULL)"
