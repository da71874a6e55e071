"""What a backfill would run: a batch per slice, from where an earlier call stopped."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.job.reading import read_input
from tidegate.job.sliced_rows import read_slice, slicing_column
from tidegate.job.slicing import check_slice, plan_slice
from tidegate.model.backfills import SliceRows
from tidegate.model.commits import Token
from tidegate.model.declarations import Files
from tidegate.model.slices import Slice, Span

if TYPE_CHECKING:
    from tidegate.job.base import SparkJob
    from tidegate.job.context import RunContext
    from tidegate.job.plan import InputPlan
    from tidegate.model.slices import Backfill


@dataclass(frozen=True)
class BackfillPlan:
    """A backfill that is ready to run.

    Attributes:
        scope: The scope of its batches.
        slices: All its slices, in order.
        done: How many of them have been published, from the first.
    """

    scope: str
    slices: tuple[Slice, ...]
    done: int

    @property
    def waiting(self) -> tuple[Slice, ...]:
        """The slices that are still to be run."""
        return self.slices[self.done :]


def plan_backfill(
    job: type[SparkJob], request: Backfill, context: RunContext, *, is_restarting: bool = False
) -> BackfillPlan:
    """Return what a backfill would run: the slices that its scope has not published. No Spark.

    A request that was restarted goes on with its newest round.

    Args:
        job: The job.
        request: The days, and how to cut them.
        context: The context of runs.
        is_restarting: Whether to begin a new round.

    Raises:
        JobDefinitionError: Running the job on slices would spoil its table.
    """
    slices = request.slices()
    check_backfill(job, request, context)
    rounds = [published(job, _scope(request, 1), context)]
    for number in count(2):
        rounds.append(published(job, _scope(request, number), context))
        if not rounds[-1]:
            break
    newest = len(rounds) if is_restarting and rounds[0] else max(len(rounds) - 1, 1)
    return BackfillPlan(_scope(request, newest), slices, rounds[newest - 1])


def check_backfill(job: type[SparkJob], request: Backfill, context: RunContext) -> None:
    """Refuse a backfill of a job that would spoil its table.

    Raises:
        JobDefinitionError: It would; the message says why.
    """
    check_slice(job, context, request.slices()[0])


def weigh(job: type[SparkJob], plan: BackfillPlan, context: RunContext) -> tuple[SliceRows, ...]:
    """Return the slices and the rows that each would read; nothing is written.

    Where a column tells the days, one Spark job counts the rows of all slices; only a count per day comes to the
    driver.

    Args:
        job: The job.
        plan: The slices.
        context: The context of runs.

    Raises:
        TableError: An input is missing, or has no event-time column.
    """
    inner = replace(context, scope=plan.scope)
    names = job.driving_inputs()
    reads = [[read for read in plan_slice(job, inner, part).inputs if read.name in names] for part in plan.slices]
    totals = [_counted([part[place] for part in reads], inner, job) for place in range(len(names))]
    files = [sum(read.file_count or 0 for read in part) for part in reads]
    has_files = any(isinstance(declared, Files) for declared in names.values())
    return tuple(
        SliceRows(
            number=part.number,
            interval=str(part.span),
            is_done=part.number <= plan.done,
            rows=sum(rows[place] for rows in totals),
            files=files[place] if has_files else None,
        )
        for place, part in enumerate(plan.slices)
    )


def _counted(reads: list[InputPlan], context: RunContext, job: type[SparkJob]) -> list[int]:
    """Return the rows of one input in each slice."""
    first = reads[0]
    if isinstance(first.declared, Files):
        contract = context.contracts.get(job.output.name)
        return [read_input(read, contract, context).count() if read.files else 0 for read in reads]
    spans = [read.part.span for read in reads if read.part is not None and read.part.span is not None]
    if first.part is None:
        return [0 for _ in reads]
    whole = replace(first.part, span=Span(spans[0].start, spans[-1].end))
    rows = read_slice(first, whole, context)
    column = slicing_column(rows, first, whole)
    if column is None:
        return [read_slice(read, read.part, context).count() if read.part else 0 for read in reads]
    days = dict(map(tuple, rows.groupBy(F.to_date(F.col(f"`{column}`"))).count().collect()))
    return [sum(found for day, found in days.items() if span.start <= day < span.end) for span in spans]


def _scope(request: Backfill, number: int) -> str:
    return request.scope if number == 1 else f"{request.scope}.round{number}"


def published(job: type[SparkJob], scope: str, context: RunContext) -> int:
    """Return how many batches of a scope a job has published: the number of the last.

    Args:
        job: The job.
        scope: The scope.
        context: The context of runs.
    """
    table = job.output.name
    store = context.tables.store(table)
    if store.version(table) is None:
        return 0
    last = store.last_commit(table, Token(job.name(), 0, scope).application)
    return last.token.batch if last else 0
