"""The MERGE statements of the write modes, for every format whose tables Spark merges into."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.errors import PublishError
from tidegate.model.modes import ApplyChanges, Scd2
from tidegate.tables import change_data, semantics
from tidegate.tables.change_columns import IS_DELETED
from tidegate.tables.columns import column, comparable, quoted
from tidegate.tables.days import folded, on_days, within
from tidegate.tables.evidence import IS_CURRENT
from tidegate.tables.ties import REFUSED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

    from tidegate.model.modes import LateWindow, ReplaceWindow, Upsert
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
    order = (mode.sequence_by, *batch.compared)
    mine = ranked("s", order, schemas.source, schemas.source)
    theirs = ranked("t", order, schemas.source, schemas.target)
    wins = f"{mine} > {theirs}"
    newest = [ranked(side, order[:1], schemas.source, of) for side, of in _sides(schemas)]
    if batch.prevails:
        wins = f"{newest[0]} >= {newest[1]} AND {mine} <> {theirs}"
    elif mode.tie_break == "refuse":
        tied = f"{newest[0]} = {newest[1]} AND {mine} <> {theirs}"
        wins = f"CASE WHEN {tied} THEN raise_error('{REFUSED}') IS NULL ELSE {wins} END"
    return (
        f"MERGE INTO {target} t USING {source} s ON {_same_key(mode)}{_window(schemas.source, batch, mode.late)} "
        f"WHEN MATCHED AND {wins} THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )


def without_known(rows: DataFrame, table: DataFrame, batch: Batch) -> DataFrame:
    """Return the rows of a batch whose keys a table does not have.

    Args:
        rows: The rows, with the table's columns.
        table: The rows of the table that may have them.
        batch: The batch, with its key.
    """
    names = list(batch.keyed_by)
    there = table.select(*(column(name) for name in names))
    if batch.count <= _BROADCAST_ROWS:  # so the table's rows stay where they are, and what is found is small
        keys = F.broadcast(rows.select(*(column(name) for name in names)))
        there = F.broadcast(there.join(keys, names, "left_semi"))
    return rows.join(there, names, "left_anti").select(*(column(name) for name in rows.columns))


def concerned(table: DataFrame, rows: DataFrame, mode: Scd2 | ApplyChanges, batch: Batch) -> DataFrame:
    """Return the rows of a table that a batch may change, hidden ones too.

    Args:
        table: The table's rows.
        rows: The batch's rows, with the table's columns.
        mode: The mode.
        batch: The batch, as `change_data.resolved` made it.
    """
    keys = rows.select(*(column(key) for key in mode.keys))  # perhaps some twice: that is cheaper, and does no harm
    keys = F.broadcast(keys) if batch.count <= _BROADCAST_ROWS else keys
    if isinstance(mode, Scd2):
        return change_data.of_keys(table, keys, mode)
    return change_data.touched(table, rows, mode, batch, keys)


def outcomes(old: DataFrame, rows: DataFrame, mode: Scd2 | ApplyChanges, batch: Batch) -> DataFrame:
    """Return what a batch makes of the rows that it concerns, with `_action` and `_outcome`.

    Args:
        old: Those rows, as `concerned` returned them.
        rows: The batch's rows, with the table's columns.
        mode: The mode.
        batch: The batch, as `change_data.resolved` made it.
    """
    if isinstance(mode, Scd2):
        return semantics.rebuilt(old, rows, mode, batch.compared, prevails=batch.prevails)
    return change_data.applied(old, rows, mode, batch)


def differences(found: DataFrame, mode: Scd2 | ApplyChanges) -> DataFrame:
    """Return the rows of `outcomes` that a merge is to insert, update or delete, with exactly the table's columns.

    Those that are to go have a mark that no row of a table has: a null in `is_current`, or in the latest state a false
    in `_is_deleted`.
    """
    if isinstance(mode, Scd2):
        mark = {IS_CURRENT: F.when(F.col(semantics.ACTION) != "delete", F.col(IS_CURRENT))}
    else:
        is_deleted = F.when(F.col(semantics.ACTION) == "delete", F.lit(False))  # noqa: FBT003 - a literal
        mark = {IS_DELETED: is_deleted.otherwise(F.col(IS_DELETED))}
    marked = found.filter(semantics.has_action()).withColumns(mark)
    return marked.drop(semantics.ACTION, semantics.OUTCOME, semantics.IS_NEWS)


def merge_differences(target: str, source: str, mode: Scd2 | ApplyChanges, batch: Batch) -> str:
    """Return the statement that merges differences.

    Args:
        target: The table as SQL names it.
        source: What `differences` returned, as SQL names it.
        mode: The mode.
        batch: The batch, as `change_data.resolved` made it: the days it touches, where the mode looks no further.
    """
    if isinstance(mode, Scd2):
        on, goes = f"{_same_key(mode)} AND t.valid_from <=> s.valid_from", f"s.{IS_CURRENT} IS NULL"
    else:
        within = change_data.within_days(mode, batch, "t")
        on = _same_key(mode) + (f" AND ({within})" if within else "")
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


def _same_key(mode: Upsert | Scd2 | ApplyChanges) -> str:
    """Return the condition that both sides have the same key. Those that may be null are equal where both are.

    A truncate has no key at all, and neither has what it leaves in the table.
    """
    is_keyless = isinstance(mode, ApplyChanges) and mode.apply_as_truncates
    nullable = mode.keys if is_keyless else mode.nullable_keys
    return " AND ".join(f"t.{quoted(key)} {'<=>' if key in nullable else '='} s.{quoted(key)}" for key in mode.keys)


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
    """Return the condition that keeps a merge to the files of the batch's days."""
    if late is None or batch.days is None:
        return ""
    return f" AND {on_days(f't.{quoted(late.column)}', schema[late.column].dataType.simpleString(), batch.days)}"
