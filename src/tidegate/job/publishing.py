"""The writes of a run: quarantine first, then the one commit that carries the watermark."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.errors import ConcurrentWriteError
from tidegate.job.arrivals import is_deferred, is_withheld
from tidegate.job.keyed_appends import offer
from tidegate.job.protection import as_stored
from tidegate.job.quarantine.bench import Bench
from tidegate.job.quarantine.hashing import row_hash
from tidegate.job.quarantine.places import quarantine_of
from tidegate.job.rehearsal import rehearse
from tidegate.model.declarations import snapshot_of
from tidegate.model.mode_traits import ordered
from tidegate.model.modes import Append, ApplyChanges, Replace, Scd2, Upsert, late_window
from tidegate.sources.kafka import KAFKA_COLUMNS
from tidegate.tables.change_data import CHANGE
from tidegate.tables.columns import column
from tidegate.tables.port import Batch, LateBatch
from tidegate.tables.semantics import history
from tidegate.transforms.change_feeds import OPERATION

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from tidegate.contracts.gate import Gate
    from tidegate.job.arrivals import Arrivals
    from tidegate.job.work import Work
    from tidegate.model.commits import Commit
    from tidegate.model.modes import WriteMode
    from tidegate.tables.port import Published, TableStore
    from tidegate.tables.staging import StagedRows

ORIGIN = ("_source_file", "_source_line", "_arrived_at", *KAFKA_COLUMNS)
KEPT = ("_rescued", *ORIGIN, "_batch_id", "_run_id", "_warnings")
# What a row says beside its columns; where it came from is no part of what it is.
_SAID = ("_corrupt_record", "_rescued", CHANGE)


def publish(staged: StagedRows, arrivals: Arrivals, count: int, work: Work) -> Published:
    """Publish the rows that passed, in one commit that carries the watermarks.

    Args:
        staged: The staged batch.
        arrivals: What the pass over it found.
        count: Rows to publish, those that are to wait beside the table among them.
        work: The run.
    """
    output = work.job.output
    passed = staged.passing
    if staged.place is None:
        passed = passed.filter(work.gate.is_publishable() & ~is_withheld(work, arrivals))
    change = (CHANGE,) if isinstance(output.mode, ApplyChanges) else _snapshot_columns(work)
    columns, late = (*published_columns(passed, work.gate), *change), None
    if arrivals.deferred:
        waits = is_deferred(work, arrivals)
        late = LateBatch(as_stored(passed.filter(waits), columns, work.contract), arrivals.deferred)
        passed = passed.filter(~waits)
    rows = as_stored(passed, columns, work.contract)
    store, commit = work.context.tables.store(output.name), work.commit(arrivals.watermark)
    batch = Batch(
        table=output.name,
        mode=output.mode,
        rows=rows,
        compared=ordered(output.mode, work.contract.column_names),
        count=count - arrivals.deferred,
        days=arrivals.days,
        cluster_by=output.cluster_by or default_clustering(output.mode),
        closed_before=arrivals.boundary,
        prevails=work.plan.part is not None and work.plan.part.by == "event",
        place=staged.place,
        terms=work.terms,
        late=late,
    )
    if work.plan.is_rehearsal:
        return rehearse(store, batch, work.plan.version)
    if work.plan.is_rebuild:
        return _put_in_place(store, batch, commit)
    return work.context.retries.publish(lambda: offer(store, batch, commit, work))


def _put_in_place(store: TableStore, batch: Batch, commit: Commit) -> Published:
    """Publish a batch in place of the whole table, in one commit.

    Raises:
        ConcurrentWriteError: Another run of the job published since this one was planned; the table is as it left it.
    """
    events, rows, mode = batch.count, batch.rows, batch.mode
    if isinstance(mode, Scd2):
        rows = history(rows, mode, batch.compared)
    count = rows.count() if isinstance(mode, Scd2) else events
    published = store.publish(replace(batch, mode=Replace(), rows=rows, count=count, days=None), commit)
    if published.version_after == published.version_before:
        raise ConcurrentWriteError(
            "another run of the job published while the table was made anew",
            where=str(batch.table),
            hint="the table is as that run left it; make it anew when no other run is under way",
        )
    return replace(published, inserted=count, unchanged=events - count)


def quarantine(staged: DataFrame, arrivals: Arrivals, count: int, work: Work) -> str | None:
    """Set aside the rows that failed, with every reason, and return the name of the quarantine table they went to.

    What a killed run left there for the same batch is withdrawn first, so a batch is in quarantine once.

    Args:
        staged: The staged batch.
        arrivals: What the pass over it found.
        count: Rows to set aside.
        work: The run.
    """
    if work.plan.is_rehearsal:
        return None
    table = quarantine_of(work.job.output.name)
    late = is_withheld(work, arrivals)
    bench = Bench(work.context.tables.store(table), table, work.job.name(), work.plan.token)
    bench.withdraw(work.run_id)
    if not count:
        return None
    rows = _quarantined(staged.filter(~work.gate.is_good() | late), arrivals, work)
    work.context.retries.publish(lambda: bench.add(rows, count, work.run_id, work.contract.version))
    return str(table)


def published_columns(staged: DataFrame, gate: Gate) -> tuple[str, ...]:
    """Return the columns of the published table in order: the contract's, then tidegate's own that it keeps."""
    own = tuple(name for name in KEPT if name in staged.columns and (name != "_warnings" or gate.has_warnings))
    return (*gate.contract.column_names, *own)


def default_clustering(mode: WriteMode) -> tuple[str, ...]:
    """Return the columns to sort a batch by: its event time, then its keys."""
    window = late_window(mode)
    event = (window.column,) if window else ()
    keys = mode.keys if isinstance(mode, Upsert | Scd2 | ApplyChanges) else ()
    return tuple(dict.fromkeys((*event, *keys)))


def stamped(rows: DataFrame, work: Work) -> DataFrame:
    """Return marked rows with the batch and run they belong to and their warnings, where the table keeps these."""
    stamps = {"_batch_id": F.lit(work.plan.token.batch).cast("bigint"), "_run_id": F.lit(work.run_id)}
    if work.plan.is_replay:  # a row stays one of the batch that it came with
        stamps.pop("_batch_id")
    if not (_is_raw(rows) and isinstance(work.job.output.mode, Append)):
        stamps = {name: stamp for name, stamp in stamps.items() if name in rows.columns}
    if work.gate.has_warnings:
        stamps["_warnings"] = work.gate.warnings()
    return rows.withColumns(stamps) if stamps else rows


def reasons_of(arrivals: Arrivals, work: Work) -> Column:
    """Return why a staged row is set aside: the rules that it failed, or that it is too late."""
    window = late_window(work.job.output.mode)
    lateness = F.array(
        F.struct(
            F.lit("late").alias("rule"),
            F.lit(window.column if window else None).cast("string").alias("column"),
            F.lit(f"older than the late window of {window.days if window else 0} days").alias("message"),
            F.lit("error").alias("severity"),
        )
    )
    return F.when(is_withheld(work, arrivals), lateness).otherwise(work.gate.reasons())


def _quarantined(rows: DataFrame, arrivals: Arrivals, work: Work) -> DataFrame:
    names = work.contract.column_names
    said = [name for name in (*_SAID, *_snapshot_columns(work)) if name in rows.columns]
    origin = [name for name in ORIGIN if name in rows.columns]
    return rows.select(
        *(column(name) for name in names),
        *origin,
        *said,
        reasons_of(arrivals, work).alias("_reasons"),
        F.lit(work.contract.version).alias("_contract_version"),
        F.lit(work.run_id).alias("_run_id"),
        F.lit(work.plan.token.batch).cast("bigint").alias("_batch_id"),
        F.lit(work.plan.token.scope).alias("_scope"),
        F.lit(work.context.clock()).cast("timestamp").alias("_quarantined_at"),
        row_hash((*names, *said), rows.schema).alias("_row_hash"),
    )


def _snapshot_columns(work: Work) -> tuple[str, ...]:
    """Return the column that says what became of a row since the last pull, where pulls are compared."""
    return (OPERATION,) if any(map(snapshot_of, work.job.declared_inputs().values())) else ()


def _is_raw(staged: DataFrame) -> bool:
    return "_source_file" in staged.columns
