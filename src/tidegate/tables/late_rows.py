"""Put late rows beside their table, and merge them into it: each in one commit that counts whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.errors import ConcurrentWriteError, TableError
from tidegate.model.commits import FOLD, Commit, Deferral, Token
from tidegate.model.evolution import Terms
from tidegate.model.modes import Append, LateWindow, Replace, Upsert
from tidegate.model.names import TableName
from tidegate.tables.change_columns import IS_DELETED
from tidegate.tables.change_data import CHANGE
from tidegate.tables.columns import column
from tidegate.tables.port import Batch

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from tidegate.tables.port import LateBatch, LoggedStore, Published

_MAX_DAYS = 1_000


def side_of(table: TableName) -> TableName:
    """Return the name of the table in which the late rows of a table wait, such as `silver.orders__late`."""
    return TableName(table.layer, f"{table.dataset}__late")


def first_version(store: LoggedStore, side: TableName) -> int:
    """Return the version of a side table in which nothing waited yet."""
    return store.history(side)[0].number


def set_aside(store: LoggedStore, table: TableName, late: LateBatch, known: Deferral, commit: Commit) -> Deferral:
    """Put late rows into the side table, and return the deferral with them; nobody sees them before it is said.

    Args:
        store: The store of both tables.
        table: The main table.
        late: The rows.
        known: What waits already.
        commit: What the main table is going to be told.

    Raises:
        ConcurrentWriteError: Another run writes there, too.
    """
    side = side_of(table)
    if store.version(side) is None:
        _write(store, Batch(side, Append(), late.rows.limit(0), (), 0), commit)
    counted = first_version(store, side) if known.version is None else known.version
    if store.version(side) != counted:  # a run that died, or a restore of the main table, left more
        store.restore(side, counted)
    mode = Append() if known.is_pending or known.version is None else Replace()
    version = _write(store, Batch(side, mode, late.rows, (), late.count), commit)
    return replace(known, version=version, rows=late.count + (known.rows if known.is_pending else 0))


def fold(store: LoggedStore, table: TableName, rows: DataFrame, known: Deferral, run_id: str) -> Published:
    """Merge the rows that wait into the table, in one commit.

    Args:
        store: The store of both tables.
        table: The main table.
        rows: What waits, one row per key, with the table's columns.
        known: What waits; its basis is the version of the main table.
        run_id: The run that folds.

    Raises:
        ConcurrentWriteError: Another writer came first.
        PublishError: The rows do not fit the table any more.
    """
    day = F.to_date(column(known.column))
    counts = {row[0]: int(row[1]) for row in rows.groupBy(day).count().collect()}
    is_bounded = None not in counts and len(counts) <= _MAX_DAYS
    batch = Batch(
        table=table,
        mode=Upsert(known.keys, known.sequence_by, LateWindow(known.column, 1)),
        rows=rows,
        compared=known.compared,
        count=sum(counts.values()),
        days=tuple(sorted(counts)) if is_bounded else None,
        cluster_by=tuple(dict.fromkeys((known.column, *known.keys))),
    )
    token = Token(str(table), 0, FOLD)
    last = store.last_commit(table, token.application)
    token = replace(token, batch=(last.token.batch if last else 0) + 1)
    return store.publish(batch, Commit(token, run_id, deferred=replace(known, folded=known.version)))


def comparing(batch: Batch) -> Deferral:
    """Return how the rows of a batch compare, with nothing waiting.

    Raises:
        TableError: Rows of the batch's mode cannot wait.
    """
    mode = batch.mode
    if not isinstance(mode, Upsert) or mode.late is None:
        raise TableError(f"rows of {type(mode).__name__} cannot wait", where=str(batch.table))
    if {CHANGE, IS_DELETED} & set(batch.rows.columns):
        raise TableError(
            "deletions cannot wait: what they leave behind must be in the table",
            where=str(batch.table),
            hint="declare beyond='merge' or 'quarantine'",
        )
    return Deferral(mode.keys, mode.sequence_by, batch.compared, mode.late.column)


def must_fold(batch: Batch, known: Deferral) -> bool:
    """Return whether a batch is to be compared otherwise than what waits, so that the order of the two counts."""
    mode = batch.mode
    if not known.is_pending or isinstance(mode, Replace):
        return False
    if not isinstance(mode, Upsert) or mode.late is None or batch.prevails:
        return True
    now = (mode.keys, mode.sequence_by, batch.compared, mode.late.column)
    return now != (known.keys, known.sequence_by, known.compared, known.column)


def _write(store: LoggedStore, batch: Batch, commit: Commit) -> int:
    side, token = batch.table, Token(str(batch.table), 0)
    last = store.last_commit(side, token.application) if store.version(side) is not None else None
    token = replace(token, batch=(last.token.batch if last else 0) + 1)
    batch = replace(batch, terms=Terms("permissive"))  # what may change is for the main table to say
    done = store.publish(batch, replace(commit, token=token, files=(), deferred=None))
    if done.version_after == done.version_before:
        raise ConcurrentWriteError(
            "another run sets late rows aside", where=str(side), hint="run again when the other run has ended"
        )
    return done.version_after
