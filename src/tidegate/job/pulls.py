"""Rows of sources without versions, read once per run: those that earlier runs have read are told from new ones."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.errors import SourceError
from tidegate.job.context import new_run_id
from tidegate.job.snapshots import changes, check_gone, check_pull, known_rows
from tidegate.model.declarations import Database, Files, snapshot_of
from tidegate.sources.database import IS_OLD, IS_RECENT, asking, read_rows, read_whole
from tidegate.sources.fingerprints import fingerprints, without_known
from tidegate.sources.options import Options
from tidegate.sources.origin import ARRIVED, FILE
from tidegate.sources.reading import read_counted
from tidegate.sources.typed import shape_typed

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame

    from tidegate.job.context import RunContext
    from tidegate.job.plan import InputPlan, JobPlan
    from tidegate.model.contracts import Contract
    from tidegate.model.cursors import CursorMark
    from tidegate.model.declarations import Snapshot
    from tidegate.sources.cursors import CursorSpan


@dataclass(frozen=True)
class Pull:
    """What a run has read of a source.

    Attributes:
        rows: The rows that no earlier run has read, in the columns that the rows of files have.
        mark: How far the source has been read with them; None for a source without a cursor.
        discard: Gives back what the rows take up.
        has_news: Whether there is anything to publish.
    """

    rows: DataFrame
    mark: CursorMark | None
    discard: Callable[[], None]
    has_news: bool = True


def pull_sources(plan: JobPlan, contract: Contract, context: RunContext) -> dict[str, Pull]:
    """Return, per input that is a database or a snapshot and has something to read, what was read of it.

    Each source is read once, and its rows wait in the staging area: read again, it could have others, and what is
    remembered would not be what is published.

    Raises:
        SourceError: A database cannot be read, its overlap holds too much to remember, or a snapshot is not to be
            believed.
        JobDefinitionError: The table cannot hold the changes between snapshots.
    """
    pulls: dict[str, Pull] = {}
    try:
        for read in plan.inputs:
            snapshot = snapshot_of(read.declared)
            if snapshot:
                pulls[read.name] = _compare(read, snapshot, plan.token.batch, contract, context)
            elif isinstance(read.declared, Database) and read.span is not None:
                pulls[read.name] = _pull(read.declared, read.span, contract, context)
    except BaseException:
        discard(pulls)
        raise
    return pulls


def discard(pulls: dict[str, Pull]) -> None:
    """Give back what the rows take up; they cannot be read any more."""
    for pulled in pulls.values():
        pulled.discard()


def nothing_of(declared: Database, contract: Contract, context: RunContext) -> DataFrame:
    """Return no rows, in the columns that the rows of files have."""
    return _in_contract(context.session().createDataFrame([], contract.ddl), declared, contract, context)


def _in_contract(rows: DataFrame, declared: Database, contract: Contract, context: RunContext) -> DataFrame:
    """Return the rows in the columns that the rows of files have.

    `_source_file` is the connection and the table, `_arrived_at` the time of the run. One row per row of the source.
    """
    arrived = F.lit(context.clock()).cast("timestamp").alias(ARRIVED)
    return shape_typed(rows, (F.lit(declared.label).alias(FILE), arrived), contract, Options())


def _compare(read: InputPlan, snapshot: Snapshot, batch: int, contract: Contract, context: RunContext) -> Pull:
    """Return what changed since the last pull. What is compared is staged, and so is what comes of it."""
    declared = read.declared
    with ExitStack() as undo:
        if isinstance(declared, Database):
            where, after = declared.label, _whole(declared, contract, context, undo)
        elif isinstance(declared, Files):
            where, after = declared.feed, read_counted(context.session(), read.files, declared, contract)
        else:
            raise TypeError(read.name)
        before = known_rows(context.tables, contract, snapshot, batch)
        rows = check_pull(after, snapshot, where)
        changed = changes(before, after, snapshot, contract)
        staged = context.staging.stage(changed, new_run_id(), F.lit(True))  # noqa: FBT003 - a literal, not a flag
        undo.callback(staged.discard)
        count = check_gone(staged.rows, before, rows, snapshot, where)
        return Pull(staged.rows, None, undo.pop_all().close, has_news=count > 0 or bool(read.files))


def _whole(declared: Database, contract: Contract, context: RunContext, undo: ExitStack) -> DataFrame:
    """Return all rows of a source, asked for once."""
    found = read_whole(context.session(), context.connection(declared.connection), declared)
    with asking(declared.label):
        staged = context.staging.stage(found, new_run_id(), F.lit(True))  # noqa: FBT003 - a literal, not a flag
    undo.callback(staged.discard)
    return _in_contract(staged.rows, declared, contract, context)


def _pull(declared: Database, span: CursorSpan, contract: Contract, context: RunContext) -> Pull:
    found = read_rows(context.session(), context.connection(declared.connection), declared, span)
    columns = tuple(name for name in found.columns if name not in {IS_OLD, IS_RECENT})
    _check_columns(columns, declared, span)
    with asking(declared.label):
        staged = context.staging.stage(found, new_run_id(), F.lit(True))  # noqa: FBT003 - a literal, not a flag
        try:
            recent = staged.rows.where(F.col(IS_RECENT) == 1)
            seen = fingerprints(recent, columns, where=declared.label)
        except BaseException:
            staged.discard()
            raise
    fresh = without_known(staged.rows, F.col(IS_OLD) == 1, span.known)
    return Pull(
        _in_contract(fresh.select(*(f"`{name}`" for name in columns)), declared, contract, context),
        replace(span.mark(columns, seen), column=declared.cursor.column),
        staged.discard,
    )


def _check_columns(columns: tuple[str, ...], declared: Database, span: CursorSpan) -> None:
    """Refuse a source that has lost a column by which the rows of its overlap were told apart."""
    lost = sorted(set(span.known.columns if span.known else ()) - set(columns))
    if lost and span.known and span.known.seen:
        raise SourceError(
            f"the source has no column {lost[0]} any more, so rows that were read before cannot be told from new ones",
            where=declared.label,
            hint="bring the column back (a query can select it as null), or rebuild the table",
        )
