"""What change data means: inserts, updates, deletes and truncates in any order, as pure functions of frames.

A delete leaves a row behind, so that an older change of its key that comes later finds out that it is too late. Such a
row has `_is_deleted` true, and readers do not see it; for all other rows `_is_deleted` is null.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F
from pyspark.sql.types import MapType, StringType

from tidegate.model.modes import ApplyChanges
from tidegate.tables import partial_updates
from tidegate.tables.change_columns import (
    CHANGED_AT,
    FLOOR,
    HAS_EFFECT,
    IS_CHANGED,
    IS_DELETED,
    IS_GONE,
    PLACE,
    WAS_DELETED,
)
from tidegate.tables.columns import column, quoted, rank, widened
from tidegate.tables.days import on_days
from tidegate.tables.semantics import ACTION, DELETED, INSERTED, OUTCOME, UNCHANGED, UPDATED
from tidegate.tables.ties import NEW

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql import Column, DataFrame

    from tidegate.model.modes import Scd2
    from tidegate.tables.port import Batch

CHANGE = "_change"
DELETE = "delete"
TRUNCATE = "truncate"
HIDDEN_COLUMNS = (IS_DELETED, CHANGED_AT)

_HAD_OLD = "_had_old"
_WAS_VISIBLE = "_was_visible"


def visible(rows: DataFrame) -> DataFrame:
    """Return the rows that readers of a table see, without the columns that are for its writer alone."""
    if IS_DELETED not in rows.columns:
        return rows
    return rows.filter(F.col(IS_DELETED).isNull()).drop(*HIDDEN_COLUMNS)


def visible_query(relation: str, columns: Iterable[str]) -> str:
    """Return `visible` as SQL.

    Args:
        relation: The table, as SQL names it.
        columns: Its columns, hidden ones among them.
    """
    present = list(columns)
    names = ", ".join(quoted(name) for name in present if name not in HIDDEN_COLUMNS)
    condition = f" WHERE {quoted(IS_DELETED)} IS NULL" if IS_DELETED in present else ""
    return f"SELECT {names} FROM {relation}{condition}"  # noqa: S608 - names are quoted


def resolved(batch: Batch) -> Batch:
    """Return a batch whose changes are rows of its table; one of a history is a batch of `Scd2`. Others stay as is."""
    mode = batch.mode
    if not isinstance(mode, ApplyChanges):
        return batch
    rows = events(batch.rows, mode)
    if mode.history:
        return replace(batch, mode=mode.history, rows=rows, compared=(IS_DELETED, *batch.compared), days=None)
    return replace(batch, rows=rows, days=batch.days if mode.event_is_fixed else None)


def events(rows: DataFrame, mode: ApplyChanges) -> DataFrame:
    """Return changes as rows of their table: deletes with nothing but key, sequence and event time, truncates no key.

    Args:
        rows: The changes; `_change` says `delete` or `truncate`, and anything else (also null, also where there is no
            such column) is a row to be.
        mode: The mode.
    """
    says = F.col(CHANGE) if CHANGE in rows.columns else F.lit(None).cast("string")
    is_truncate = says.eqNullSafe(TRUNCATE)
    is_delete = says.eqNullSafe(DELETE) | is_truncate
    lasting = {mode.sequence_by, *([mode.late.column] if mode.late else [])}
    taken = []
    for name in rows.columns:
        value = column(name)
        if name in mode.keys:
            value = F.when(~is_truncate, value)
        elif name not in lasting and not name.startswith("_"):
            value = F.when(~is_delete, value)
        if name not in (CHANGE, *HIDDEN_COLUMNS):
            taken.append(value.alias(name))
    made = rows.select(F.when(is_delete, F.lit(True)).alias(IS_DELETED), *taken)  # noqa: FBT003 - a literal
    if mode.ignore_null_updates:
        kind = MapType(StringType(), rows.schema[mode.sequence_by].dataType)
        made = made.withColumn(CHANGED_AT, F.lit(None).cast(kind))
    return made


def touched(table: DataFrame, rows: DataFrame, mode: ApplyChanges, batch: Batch, keys: DataFrame) -> DataFrame:
    """Return the rows of a table that a batch may change.

    Args:
        table: The table's rows, hidden ones too.
        rows: The batch's rows, as `events` made them.
        mode: The mode.
        batch: The batch.
        keys: The keys of the rows.
    """
    within = within_days(mode, batch)
    table = widened(table.filter(F.expr(within)) if within else table, rows.schema)
    if mode.apply_as_truncates and not rows.filter(is_marker(mode)).isEmpty():
        return table
    mine = of_keys(table, keys, mode)
    others = [is_marker(mode)] if mode.apply_as_truncates else []
    if (expired := _is_expired(mode, batch)) is not None:
        others.append(expired)
    if not others:
        return mine
    more = table.filter(F.col(IS_DELETED).isNotNull() & reduce(or_, others))
    return mine.unionByName(of_keys(more, keys, mode, how="left_anti"))


def of_keys(table: DataFrame, keys: DataFrame, mode: Scd2 | ApplyChanges, how: str = "left_semi") -> DataFrame:
    """Return the rows of a table that have one of some keys; null is a key like any other.

    Args:
        table: The table's rows.
        keys: The keys, each at least once.
        mode: The mode.
        how: `left_semi`, or `left_anti` for the rows that have none of them.
    """
    wanted = keys.toDF(*(f"_wanted_{name}" for name in mode.keys))
    is_same = reduce(and_, (column(name).eqNullSafe(column(f"_wanted_{name}")) for name in mode.keys))
    return table.join(wanted, is_same, how)


def within_days(mode: ApplyChanges, batch: Batch, side: str | None = None) -> str | None:
    """Return the SQL condition of the rows that a batch of fixed event days can concern; None where any row may be.

    Hidden rows that are to go are anywhere; files without hidden rows are known from their statistics.

    Args:
        mode: The mode.
        batch: The batch, as `resolved` made it.
        side: Name of the table in the statement; None where there is no other.
    """
    if not mode.event_is_fixed or mode.late is None or batch.days is None:
        return None
    prefix = f"{side}." if side else ""
    kind = batch.rows.schema[mode.late.column].dataType.simpleString()
    found = on_days(f"{prefix}{quoted(mode.late.column)}", kind, batch.days)
    return found if _is_expired(mode, batch) is None else f"{found} OR {prefix}{quoted(IS_DELETED)} IS NOT NULL"


def applied(old: DataFrame, rows: DataFrame, mode: ApplyChanges, batch: Batch) -> DataFrame:
    """Return what changes make of the rows that they touch.

    Args:
        old: Those rows of the table (or all), hidden ones too, one per key.
        rows: The changes as `events` made them, in any number per key.
        mode: The mode; it keeps the latest state.
        batch: The batch that they are of.

    Returns:
        The rows of both with `_action` (on one row per key: what becomes of the table's row, `insert`, `update`,
        `delete` or `keep`; null on the others) and `_outcome` (what became of a change; null on rows of the table).
    """
    schema = rows.schema
    both = widened(old, schema).withColumn(NEW, F.lit(0)).unionByName(rows.withColumn(NEW, F.lit(1)))
    both = _with_floor(both, mode)
    if mode.ignore_null_updates:
        judged = partial_updates.judged(both, mode, batch.compared)
    else:
        judged = _judged(both, mode, batch)
    key = Window.partitionBy(*map(column, mode.keys))
    had_old, is_hidden = F.col(NEW) == 0, F.col(WAS_DELETED).isNotNull()
    told = judged.withColumns({_HAD_OLD: F.max(had_old).over(key), _WAS_VISIBLE: F.max(had_old & ~is_hidden).over(key)})
    own = [column(name) for name in schema.names]
    return told.select(*own, _action(mode, batch).alias(ACTION), _outcome().alias(OUTCOME))


def state(applied_rows: DataFrame) -> DataFrame:
    """Return the whole rows that `applied` leaves: one per key, hidden ones too."""
    return applied_rows.filter(F.col(ACTION).isin("insert", "update", "keep")).drop(ACTION, OUTCOME)


def is_marker(mode: ApplyChanges) -> Column:
    """Return whether a row stands for a truncate: it has no key."""
    return reduce(and_, (column(name).isNull() for name in mode.keys))


def _judged(both: DataFrame, mode: ApplyChanges, batch: Batch) -> DataFrame:
    """Return the rows with their place within their key: the greatest is first and stands."""
    key = Window.partitionBy(*map(column, mode.keys))
    order = (mode.sequence_by, IS_DELETED, *batch.compared)
    best = key.orderBy(rank(dict.fromkeys(order), both.schema).desc(), F.col(NEW).asc())
    is_gone = ~is_marker(mode) & F.coalesce(column(mode.sequence_by) < F.col(FLOOR), F.lit(False))  # noqa: FBT003
    ranked = both.withColumn(PLACE, F.row_number().over(best)).withColumn(IS_GONE, is_gone)
    has_effect = (F.col(PLACE) == 1) & (F.col(NEW) == 1) & ~F.col(IS_GONE)
    return ranked.withColumns(
        {
            WAS_DELETED: F.col(IS_DELETED),
            HAS_EFFECT: has_effect,
            IS_CHANGED: F.col(NEW) == 1,
        }
    )


def _with_floor(both: DataFrame, mode: ApplyChanges) -> DataFrame:
    """Return the rows with the sequence of the newest truncate, or null."""
    if not mode.apply_as_truncates:
        return both.withColumn(FLOOR, F.lit(None).cast(both.schema[mode.sequence_by].dataType))
    floor = both.filter(is_marker(mode)).agg(F.max(column(mode.sequence_by)).alias(FLOOR))
    return both.crossJoin(F.broadcast(floor))


def _action(mode: ApplyChanges, batch: Batch) -> Column:
    has_old = F.col(_HAD_OLD)
    action = F.when(F.col(IS_GONE), F.when(has_old, F.lit("delete")))
    expired = _is_expired(mode, batch)
    if expired is not None:
        action = action.when((F.col(NEW) == 0) & ~F.col(IS_CHANGED) & expired, F.lit("delete"))
    action = action.when(F.col(IS_CHANGED), F.when(has_old, F.lit("update")).otherwise(F.lit("insert")))
    return F.when(F.col(PLACE) == 1, action.otherwise(F.lit("keep")))


def _outcome() -> Column:
    """Return what became of a change: one that asks for a deletion is `deleted`, whether or not there was a row."""
    effect = F.when(F.col(_WAS_VISIBLE), F.lit(UPDATED)).otherwise(F.lit(INSERTED))
    told = F.when(F.col(WAS_DELETED).isNotNull(), F.lit(DELETED))
    told = told.when(F.col(HAS_EFFECT), effect).otherwise(F.lit(UNCHANGED))
    return F.when(F.col(NEW) == 1, told)


def _is_expired(mode: ApplyChanges, batch: Batch) -> Column | None:
    """Return whether a hidden row has nothing to hold back any more; None where older changes may always come."""
    late = mode.late
    if late is None or late.beyond == "merge" or batch.closed_before is None:
        return None
    day = F.to_date(column(late.column))
    return F.col(IS_DELETED).isNotNull() & F.coalesce(day < F.lit(batch.closed_before), F.lit(False))  # noqa: FBT003
