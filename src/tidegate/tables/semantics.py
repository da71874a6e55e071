"""What the write modes mean, as pure functions of frames; every table format gives these results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from tidegate.tables import evidence
from tidegate.tables.change_columns import IS_DELETED
from tidegate.tables.columns import column, no_rows, rank, widened
from tidegate.tables.evidence import CONFIRMED_AT, HAD_START, IS_CURRENT, OLD_CONFIRMED, OLD_TO, VALID_FROM, VALID_TO
from tidegate.tables.ties import NEW, REFUSED, tie, told_apart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import Column, DataFrame
    from pyspark.sql.window import WindowSpec

    from tidegate.model.modes import Scd2, Upsert

INTERVAL_COLUMNS = (VALID_FROM, VALID_TO, IS_CURRENT, CONFIRMED_AT)

OUTCOME = "_outcome"
ACTION = "_action"
IS_NEWS = "_is_news"
INSERTED = "inserted"
UPDATED = "updated"
UNCHANGED = "unchanged"
DELETED = "deleted"


_ASKED = "_asked_to_delete"
_HAS_NEW = "_has_new"
_START = "_is_start"
_PLACE = "_place"
_GROUP = "_group"
_UPDATES = "_updates_in_place"


def upserted(
    old: DataFrame, batch: DataFrame, mode: Upsert, compared: Sequence[str], *, prevails: bool = False
) -> DataFrame:
    """Return the table after an upsert: one row per key, with the batch row's outcome in `_outcome`.

    The outcome is `inserted` (the key is new), `updated` (the batch's row won), `unchanged` (the batch's row was equal,
    or was overtaken), or null where the batch has no row of that key.

    Args:
        old: The table's rows, one per key.
        batch: The new rows, at most one per key, with all columns of the table.
        mode: The mode: the row with the greatest `sequence_by` stands, then the one whose other columns compare
            greatest.
        compared: Columns that make a row what it is, in the order in which they break a tie.
        prevails: Whether the batch's row breaks every tie.
    """
    key = Window.partitionBy(*(column(name) for name in mode.keys))
    rank_of_row = rank((mode.sequence_by, *compared), batch.schema)
    moment = rank((mode.sequence_by,), batch.schema)
    newest = (moment,) if prevails else ()
    best = key.orderBy(*(value.desc() for value in newest), *tie(rank_of_row, prevails=prevails))
    both = widened(old, batch.schema).withColumn(NEW, F.lit(0)).unionByName(batch.withColumn(NEW, F.lit(1)))
    ranked = told_apart(both, rank_of_row, key, prevails=prevails).select(
        "*",
        F.row_number().over(best).alias(_PLACE),
        F.max(NEW).over(key).alias(_HAS_NEW),
        F.min(NEW).over(key).alias("_all_new"),
        _refused(moment, rank_of_row, key, mode, prevails=prevails).alias("_is_refused"),
    )
    outcome = (
        F.when(F.col("_is_refused"), F.raise_error(F.lit(REFUSED)).cast("string"))
        .when(F.col("_all_new") == 1, F.lit(INSERTED))
        .when(F.col(NEW) == 1, F.lit(UPDATED))
        .when(F.col(_HAS_NEW) == 1, F.lit(UNCHANGED))
    )
    names = [column(name) for name in batch.columns]
    return ranked.filter(F.col(_PLACE) == 1).select(*names, outcome.alias(OUTCOME))


def _refused(moment: Column, row: Column, key: WindowSpec, mode: Upsert, *, prevails: bool) -> Column:
    """Return whether the rows of a key are equally new, differ, and the mode refuses to choose."""
    if prevails or mode.tie_break != "refuse":
        return F.lit(False)  # noqa: FBT003 - a literal
    return (F.min(moment).over(key) == F.max(moment).over(key)) & (F.min(row).over(key) != F.max(row).over(key))


def interval_schema(batch: StructType, mode: Scd2) -> StructType:
    """Return the schema of the history that batches of that schema make: their columns, then those of the interval."""
    moment = batch[mode.sequence_by].dataType
    schema = StructType([field for field in batch.fields if field.name not in added_columns(mode)])
    schema = (
        schema.add(VALID_FROM, moment)
        .add(VALID_TO, moment)
        .add(IS_CURRENT, "boolean")
        .add(CONFIRMED_AT, evidence.kind(moment, mode))
    )
    return schema.add(mode.surrogate_key, "string") if mode.surrogate_key else schema


def added_columns(mode: Scd2) -> tuple[str, ...]:
    """Return the columns that a history has beside those of its batches."""
    return (*INTERVAL_COLUMNS, mode.surrogate_key) if mode.surrogate_key else INTERVAL_COLUMNS


def _surrogate_key(mode: Scd2) -> Column:
    """Return the hash that identifies an interval; times are told apart to the microsecond."""
    parts = [column(name).alias(f"k{place}") for place, name in enumerate((*mode.keys, VALID_FROM))]
    return F.sha2(F.to_json(F.struct(*parts), evidence.EXACT), 256)


def rebuilt(
    old: DataFrame, batch: DataFrame, mode: Scd2, compared: Sequence[str], *, prevails: bool = False
) -> DataFrame:
    """Return what a batch makes of the history of its keys, in one row per key and time at which values are known.

    The history is a function of the set of events alone: of two events of a key at one time the one that compares
    greatest stands, and an event that says what held already only confirms the interval it falls in (its time is kept
    in `_confirmed_at`, because a late change before it ends that interval and the confirmation then begins a new one).

    Args:
        old: The history so far of these keys (or of all), as this function made it.
        batch: The new events, at most one per key and time.
        mode: The mode; a null event time comes before all others and means: since ever.
        compared: Columns that make a row what it is, in the order in which they break a tie.
        prevails: Whether the batch's event stands against one that the history has at the same time.

    Returns:
        The columns of the batch and of the interval; `_action` (what becomes of the interval that begins at this time:
        `insert`, `update`, `delete`, or `keep`; null where none began or begins here), `_outcome` (what became of the
        batch's event at this time, or null) and `_is_news` (whether the history did not know it: then, and only then,
        something is to be written).
    """
    schema = batch.schema
    keys = [column(name) for name in mode.keys]
    moment = Window.partitionBy(*keys, column(mode.sequence_by))
    is_deleted = _is_deleted(schema)
    best = moment.orderBy(*tie(rank(compared, schema), prevails=prevails))
    # One order for all, so that Spark sorts once.
    all_of = best.rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    events = evidence.known(old, schema, mode).unionByName(evidence.arrivals(batch, mode)).repartition(*keys)
    known = (
        told_apart(events, rank(compared, schema), moment, prevails=prevails)
        .select(
            *(column(name) for name in schema.names),
            NEW,
            F.row_number().over(best).alias(_PLACE),
            F.max(NEW).over(all_of).alias(_HAS_NEW),
            F.max((F.col(NEW) == 1) & is_deleted).over(all_of).alias(_ASKED),
            F.max(HAD_START).over(all_of).alias(HAD_START),
            F.max(OLD_TO).over(all_of).alias(OLD_TO),
            F.first(OLD_CONFIRMED, ignorenulls=True).over(all_of).alias(OLD_CONFIRMED),
        )
        .filter(F.col(_PLACE) == 1)
    )
    intervals = _with_intervals(known, schema, mode, compared)
    own = [column(name) for name in (*schema.names, *INTERVAL_COLUMNS)]
    if mode.surrogate_key:
        own.append(_surrogate_key(mode).alias(mode.surrogate_key))
    return intervals.select(*own, _action().alias(ACTION), _outcome().alias(OUTCOME), (F.col(NEW) == 1).alias(IS_NEWS))


def _with_intervals(known: DataFrame, schema: StructType, mode: Scd2, compared: Sequence[str]) -> DataFrame:
    """Return the events with the interval that begins at each, or that each confirms."""
    keys = [column(name) for name in mode.keys]
    time = column(mode.sequence_by)
    carried = evidence.carried(schema, mode)
    said = [name for name in compared if name not in {*mode.keys, mode.sequence_by, *carried}]
    values = rank(said, schema) if said else F.struct(F.lit(1))
    key = Window.partitionBy(*keys)
    onwards = key.orderBy(time.asc_nulls_first())
    backwards = key.orderBy(time.desc_nulls_last()).rowsBetween(Window.unboundedPreceding, -1)
    starts = known.withColumn("_values", values)
    starts = starts.withColumn(_START, ~F.col("_values").eqNullSafe(F.lag("_values").over(onwards)))
    begins = F.when(F.col(_START), time)
    running = onwards.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    grouped = starts.withColumns(
        {
            _GROUP: F.sum(F.col(_START).cast("int")).over(running),
            VALID_TO: F.last(begins, ignorenulls=True).over(backwards),
            VALID_FROM: time,
        }
    )
    group = Window.partitionBy(*keys, _GROUP)
    entry = evidence.entry(time, schema, mode) if mode.track is not None else F.when(~F.col(_START), time)
    is_current = F.col(VALID_TO).isNull() & ~_is_deleted(schema)
    made = {
        IS_CURRENT: is_current,
        CONFIRMED_AT: F.array_sort(F.collect_list(entry).over(group)),
        _UPDATES: F.lit(False),  # noqa: FBT003 - a literal
    }
    if carried and mode.untracked == "update":
        shown = rank(carried, schema)
        made[_UPDATES] = ~F.col(_START) & ~shown.eqNullSafe(F.lag(shown).over(onwards))
        whole = group.orderBy(time.asc_nulls_first()).rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
        made |= {name: F.last(column(name)).over(whole) for name in carried}
    return grouped.withColumns(made)


def _is_deleted(schema: StructType) -> Column:
    """Return whether a row says that there is nothing: what a delete leaves in a history."""
    return F.col(IS_DELETED).isNotNull() if IS_DELETED in schema.names else F.lit(False)  # noqa: FBT003 - a literal


def _action() -> Column:
    """Return what becomes of the interval that begins at an event's time."""
    is_same = F.col(VALID_TO).eqNullSafe(F.col(OLD_TO)) & F.col(CONFIRMED_AT).eqNullSafe(F.col(OLD_CONFIRMED))
    had = F.col(HAD_START) == 1
    return (
        F.when(F.col(_START) & ~had, F.lit("insert"))
        .when(F.col(_START) & is_same & (F.col(NEW) == 0), F.lit("keep"))
        .when(F.col(_START), F.lit("update"))
        .when(had, F.lit("delete"))
    )


def _outcome() -> Column:
    """Return what became of the batch's event at this time: it counts as a change where it changes what is visible."""
    won = F.col(NEW) == 1
    return (
        F.when(F.col(_HAS_NEW) == 0, F.lit(None))
        .when(F.col(_ASKED), F.lit(DELETED))
        .when(won & (F.col(HAD_START) == 1), F.lit(UPDATED))
        .when(won & F.col(_START), F.lit(INSERTED))
        .when(won & F.col(_UPDATES), F.lit(UPDATED))
        .otherwise(F.lit(UNCHANGED))
    )


def intervals(rebuilt_history: DataFrame) -> DataFrame:
    """Return the intervals of a rebuilt history: one row per key and `valid_from`."""
    return rebuilt_history.filter(F.col(ACTION).isin("insert", "update", "keep")).drop(ACTION, OUTCOME, IS_NEWS)


def history(batch: DataFrame, mode: Scd2, compared: Sequence[str]) -> DataFrame:
    """Return the intervals that a set of events makes by itself.

    Args:
        batch: The events, at most one per key and time.
        mode: The mode.
        compared: Columns that make a row what it is.
    """
    nothing = no_rows(batch, interval_schema(batch.schema, mode))
    return intervals(rebuilt(nothing, batch, mode, compared))


@dataclass(frozen=True)
class Tally:
    """What became of the rows of a batch.

    Attributes:
        inserted: Rows that were new.
        updated: Rows that replaced a row of the table.
        unchanged: Rows that changed nothing that is visible.
        actions: Above 0 where rows are to be inserted, updated or deleted, if that is worked out before the merge.
        deleted: Rows that asked for a deletion.
    """

    inserted: int
    updated: int
    unchanged: int
    actions: int = 0
    deleted: int = 0

    @property
    def total(self) -> int:
        """All rows."""
        return self.inserted + self.updated + self.unchanged + self.deleted


def tally(rows: DataFrame) -> Tally:
    """Return how many rows came to each outcome. One Spark job; only the counts come to the driver."""
    counts = {name: F.count_if(F.col(OUTCOME) == name) for name in (INSERTED, UPDATED, UNCHANGED, DELETED)}
    if ACTION in rows.columns:  # that there is news is told without most of the work for the actions
        counts["actions"] = F.count_if(F.col(IS_NEWS) if IS_NEWS in rows.columns else has_action())
    (found,) = rows.agg(*(count.alias(name) for name, count in counts.items())).collect()
    return Tally(**{name: int(found[name]) for name in counts})


def has_action() -> Column:
    """Return the condition that an interval of a rebuilt history is to be inserted, updated or deleted."""
    return F.col(ACTION).isin("insert", "update", "delete")
