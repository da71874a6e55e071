"""Rows of sources without versions, read once per run: those that earlier runs have read are told from new ones."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate import storage
from tidegate.errors import SourceError
from tidegate.job.context import new_run_id
from tidegate.job.snapshots import changes, check_gone, check_pull, known_rows
from tidegate.model.declarations import Api, Database, Files, snapshot_of
from tidegate.model.topics import Kafka
from tidegate.sources import kafka
from tidegate.sources.api_rows import UNREADABLE, field, in_contract, read_gathered
from tidegate.sources.apis import gather
from tidegate.sources.cursors import CursorSpan, limit_of
from tidegate.sources.database import IS_OLD, IS_RECENT, asking, read_rows, read_whole
from tidegate.sources.fingerprints import column, fingerprints, without_known
from tidegate.sources.http_client import HttpClient
from tidegate.sources.offsets import OffsetSpan
from tidegate.sources.options import Options
from tidegate.sources.origin import ARRIVED, FILE
from tidegate.sources.pages import Pages
from tidegate.sources.reading import read_counted
from tidegate.sources.typed import shape_typed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from pyspark.sql import Column, DataFrame

    from tidegate.job.context import RunContext
    from tidegate.job.plan import JobPlan
    from tidegate.model.contracts import Contract
    from tidegate.model.cursors import CursorMark
    from tidegate.model.declarations import Pulled, Snapshot
    from tidegate.sources.apis import Gathered
    from tidegate.sources.cursors import Limit
    from tidegate.sources.listing import LandedFile


@dataclass(frozen=True)
class Pull:
    """What a run has read of a source.

    Attributes:
        rows: The rows that no earlier run has read, in the columns that the rows of files have; None for no rows.
        mark: How far the source has been read with them; None for a source without a cursor.
        discard: Gives back what the rows take up.
        has_news: Whether there is anything to publish.
        span: The values of the cursor, or the offsets, that were read; None for a source without, or without news.
    """

    rows: DataFrame | None
    mark: CursorMark | None
    discard: Callable[[], None]
    has_news: bool = True
    span: CursorSpan | OffsetSpan | None = None


def pull_sources(plan: JobPlan, contract: Contract, context: RunContext) -> dict[str, Pull]:
    """Return what was read of each input that is a database, an API, a topic or a snapshot and has something to read.

    Each source is read once, and its rows wait in the staging area: read again, it could have others, and what is
    remembered would not be what is published. A topic has the same records under the same offsets, and does not wait.

    Raises:
        SourceError: A source cannot be read, its overlap holds too much to remember, or a snapshot is not to be
            believed.
        JobDefinitionError: The table cannot hold the changes between snapshots, or an overlap does not fit its cursor.
    """
    pulls: dict[str, Pull] = {}
    try:
        for read in plan.inputs:
            declared = read.declared
            if isinstance(declared, Database | Api | Files) and (snapshot := snapshot_of(declared)):
                pulls[read.name] = _compare(declared, read.files, snapshot, plan.token.batch, contract, context)
            elif isinstance(declared, Kafka) and isinstance(read.span, OffsetSpan):
                pulls[read.name] = _pull_topic(declared, read.span, contract, context)
            elif isinstance(declared, Database) and isinstance(read.span, CursorSpan):
                pulls[read.name] = _pull_database(declared, read.span, contract, context)
            elif isinstance(declared, Api):
                pulls[read.name] = _pull_api(declared, read.name, plan, contract, context)
    except BaseException:
        discard(pulls)
        raise
    return pulls


def pulled_plan(plan: JobPlan, pulls: Mapping[str, Pull]) -> JobPlan:
    """Return the plan with the values of cursors that were read, where only reading them told."""
    inputs = (
        replace(read, span=read.span or pulls[read.name].span) if read.name in pulls else read for read in plan.inputs
    )
    return replace(plan, inputs=tuple(inputs))


def has_news(plan: JobPlan, pulls: Mapping[str, Pull], driving: Collection[str]) -> bool:
    """Return whether a run still has something to publish, now that its sources have been pulled.

    Args:
        plan: What the run reads.
        pulls: What was pulled.
        driving: Names of the inputs whose news make a run start.
    """
    told = (
        pulls[read.name].has_news if read.name in pulls else read.has_news
        for read in plan.inputs
        if read.name in driving
    )
    return not pulls or any(told)


def discard(pulls: dict[str, Pull]) -> None:
    """Give back what the rows take up; they cannot be read any more."""
    for pulled in pulls.values():
        pulled.discard()


def nothing_of(declared: Pulled, contract: Contract, context: RunContext) -> DataFrame:
    """Return no rows, in the columns that the rows of files have."""
    if isinstance(declared, Kafka):
        return kafka.in_contract(kafka.no_records(context.session()), declared, context.clock(), contract)
    return _in_contract(context.session().createDataFrame([], contract.ddl), declared, contract, context)


def _in_contract(rows: DataFrame, declared: Pulled, contract: Contract, context: RunContext) -> DataFrame:
    """Return the rows in the columns that the rows of files have.

    `_source_file` is the connection and the table, `_arrived_at` the time of the run. One row per row of the source.
    """
    arrived = F.lit(context.clock()).cast("timestamp").alias(ARRIVED)
    return shape_typed(rows, (F.lit(declared.label).alias(FILE), arrived), contract, Options())


def _compare(  # noqa: PLR0913, PLR0917 - a source, how it is compared, and what with
    declared: Database | Api | Files,
    files: Sequence[LandedFile],
    snapshot: Snapshot,
    batch: int,
    contract: Contract,
    context: RunContext,
) -> Pull:
    """Return what changed since the last pull. What is compared is staged, and so is what comes of it."""
    with ExitStack() as undo:
        if isinstance(declared, Database):
            where, after = declared.label, _whole(declared, contract, context, undo)
        elif isinstance(declared, Api):
            folder, _ = _gathered(declared, None, context, undo)
            records = read_gathered(context.session(), folder, None)
            where, after = declared.label, in_contract(records, declared.label, context.clock(), contract)
        else:
            where, after = declared.feed, read_counted(context.session(), files, declared, contract)
        before = known_rows(context.tables, contract, snapshot, batch)
        rows = check_pull(after, snapshot, where)
        changed = _staged(changes(before, after, snapshot, contract), context, undo)
        count = check_gone(changed, before, rows, snapshot, where)
        return Pull(changed, None, undo.pop_all().close, has_news=count > 0 or bool(files))


def _whole(declared: Database, contract: Contract, context: RunContext, undo: ExitStack) -> DataFrame:
    """Return all rows of a source, asked for once."""
    found = read_whole(context.session(), context.database(declared.connection), declared)
    with asking(declared.label):
        rows = _staged(found, context, undo)
    return _in_contract(rows, declared, contract, context)


def _staged(found: DataFrame, context: RunContext, undo: ExitStack) -> DataFrame:
    """Return rows that wait in the staging area until the pull is discarded."""
    staged = context.staging.stage(found, new_run_id(), F.lit(True))  # noqa: FBT003 - a literal, not a flag
    undo.callback(staged.discard)
    return staged.rows


def _pull_database(declared: Database, span: CursorSpan, contract: Contract, context: RunContext) -> Pull:
    with ExitStack() as undo:
        found = read_rows(context.session(), context.database(declared.connection), declared, span)
        columns = tuple(name for name in found.columns if name not in {IS_OLD, IS_RECENT})
        _check_columns(columns, declared, span)
        with asking(declared.label):
            rows = _staged(found, context, undo)
            fresh, mark = _told_apart(rows, columns, span, declared)
        return Pull(
            _in_contract(fresh.select(*map(column, columns)), declared, contract, context),
            mark,
            undo.pop_all().close,
            span=span,
        )


def _pull_topic(declared: Kafka, span: OffsetSpan, contract: Contract, context: RunContext) -> Pull:
    records = kafka.read_topic(context.session(), context.kafka(declared.connection), declared, span)
    rows = kafka.in_contract(records, declared, context.clock(), contract)
    return Pull(rows, span.mark(), lambda: None, span=span)


def _pull_api(declared: Api, name: str, plan: JobPlan, contract: Contract, context: RunContext) -> Pull:
    """Return what an API has that was not read; without Spark where it surely has nothing."""
    known = plan.last.cursors.get(name) if plan.last else None
    with ExitStack() as undo:
        folder, gathered = _gathered(declared, known, context, undo, limit_of(context.pins, plan.token.job, name))
        if gathered.span is None:
            return Pull(None, None, lambda: None, has_news=False)
        context.reached(plan.token.job, name, gathered.span.bound)
        rows = read_gathered(context.session(), folder, gathered.span)
        fresh, mark = _told_apart(rows, (UNREADABLE, *gathered.fields), gathered.span, declared, field)
        return Pull(
            in_contract(fresh, declared.label, context.clock(), contract),
            mark,
            undo.pop_all().close,
            has_news=gathered.span.moves or not fresh.isEmpty(),
            span=gathered.span,
        )


def _gathered(
    declared: Api, known: CursorMark | None, context: RunContext, undo: ExitStack, limit: Limit | None = None
) -> tuple[str, Gathered]:
    """Return the folder that has the records of a source, asked for once, and how far they reach."""
    folder = context.staging.folder(new_run_id())
    undo.callback(storage.delete_tree, folder)
    with closing(HttpClient(context.api(declared.connection), declared.label)) as client:
        return folder, gather(Pages(client, declared), declared, known, folder, limit=limit)


def _told_apart(
    rows: DataFrame,
    columns: tuple[str, ...],
    span: CursorSpan,
    declared: Database | Api,
    value: Callable[[str], Column] = column,
) -> tuple[DataFrame, CursorMark]:
    """Return the rows that no earlier run has read, and the mark that lets the next run tell.

    Args:
        rows: The staged rows of a span, with `IS_OLD` and `IS_RECENT`.
        columns: Names of the values that make a row.
        span: What was read.
        declared: The source.
        value: Returns the value of a name.
    """
    recent = rows.where(F.col(IS_RECENT) == 1)
    seen = fingerprints(recent, columns, value, where=declared.label)
    fresh = without_known(rows, F.col(IS_OLD) == 1, span.known, value)
    return fresh, replace(span.mark(columns, seen), column=declared.cursor.column)


def _check_columns(columns: tuple[str, ...], declared: Database, span: CursorSpan) -> None:
    """Refuse a source that has lost a column by which the rows of its overlap were told apart."""
    lost = sorted(set(span.known.columns if span.known else ()) - set(columns))
    if lost and span.known and span.known.seen:
        raise SourceError(
            f"the source has no column {lost[0]} any more, so rows that were read before cannot be told from new ones",
            where=declared.label,
            hint="bring the column back (a query can select it as null), or rebuild the table",
        )
