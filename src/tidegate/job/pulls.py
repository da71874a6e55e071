"""Rows of databases, read once per run: what lies in the overlap is told from what is new, and remembered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.errors import SourceError
from tidegate.job.context import new_run_id
from tidegate.model.declarations import Database
from tidegate.sources.database import IS_OLD, IS_RECENT, asking, read_rows
from tidegate.sources.fingerprints import fingerprints, without_known
from tidegate.sources.options import Options
from tidegate.sources.origin import ARRIVED, FILE
from tidegate.sources.typed import shape_typed

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import DataFrame

    from tidegate.job.context import RunContext
    from tidegate.job.plan import JobPlan
    from tidegate.model.contracts import Contract
    from tidegate.model.cursors import CursorMark
    from tidegate.sources.cursors import CursorSpan


@dataclass(frozen=True)
class Pull:
    """What a run has read of a database.

    Attributes:
        rows: The rows that no earlier run has read, in the source's columns.
        mark: How far the source has been read with them.
        discard: Gives back what the rows take up.
    """

    rows: DataFrame
    mark: CursorMark
    discard: Callable[[], None]


def pull_databases(plan: JobPlan, context: RunContext) -> dict[str, Pull]:
    """Return, per input that is a database and has something to read, what was read of it.

    Each source is read once, and its rows wait in the staging area: read again, it could have others, and what is
    remembered would not be what is published.

    Raises:
        SourceError: A database cannot be read, or its overlap holds too much to remember.
    """
    pulls: dict[str, Pull] = {}
    try:
        for read in plan.inputs:
            if isinstance(read.declared, Database) and read.span is not None:
                pulls[read.name] = _pull(read.declared, read.span, context)
    except BaseException:
        discard(pulls)
        raise
    return pulls


def discard(pulls: dict[str, Pull]) -> None:
    """Give back what the rows take up; they cannot be read any more."""
    for pulled in pulls.values():
        pulled.discard()


def in_contract(pulled: Pull | None, declared: Database, contract: Contract, context: RunContext) -> DataFrame:
    """Return the rows in the columns that the rows of files have; none where nothing was to read.

    `_source_file` is the connection and the table, `_arrived_at` the time of the run. One row per row of the source.
    """
    rows = pulled.rows if pulled else context.session().createDataFrame([], contract.ddl)
    arrived = F.lit(context.clock()).cast("timestamp").alias(ARRIVED)
    return shape_typed(rows, (F.lit(declared.label).alias(FILE), arrived), contract, Options())


def _pull(declared: Database, span: CursorSpan, context: RunContext) -> Pull:
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
        fresh.select(*(f"`{name}`" for name in columns)),
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
