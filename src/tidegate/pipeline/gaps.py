"""Days that were never processed: the inputs have rows of them, and the table has none."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.errors import JobDefinitionError
from tidegate.job.arrivals import event_column
from tidegate.job.sliced_rows import read_slice, slicing_column
from tidegate.job.slicing import check_slice, plan_slice
from tidegate.model.slices import Slice
from tidegate.pipeline.backfill import BackfillPlan, plan_backfill, published

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import DataFrame

    from tidegate.job.base import SparkJob
    from tidegate.job.context import RunContext
    from tidegate.model.slices import Backfill, Span


def plan_wanted(
    job: type[SparkJob], request: Backfill, context: RunContext, *, is_restarting: bool, only_missing: bool
) -> BackfillPlan:
    """Return what a backfill would run: all slices of its request, or those with days that were never processed.

    Args:
        job: The job.
        request: The days, and how to cut them.
        context: The context of runs.
        is_restarting: Whether to begin a new round.
        only_missing: Whether only days that were never processed are wanted.

    Raises:
        JobDefinitionError: Running the job on slices would spoil its table.
    """
    if only_missing:
        return plan_missing(job, request, context)
    return plan_backfill(job, request, context, is_restarting=is_restarting)


def plan_missing(job: type[SparkJob], request: Backfill, context: RunContext) -> BackfillPlan:
    """Return a backfill of those slices alone of which a day has rows in an input and none in the table.

    Only a count per day comes to the driver. A call begins where the table stands, so it goes on by itself where an
    earlier one was interrupted. A day all of whose rows are set aside or dropped is missing each time.

    Args:
        job: The job.
        request: The days, and how to cut them.
        context: The context of runs.

    Raises:
        JobDefinitionError: Running the job on slices would spoil its table, or it is not told by event days which rows
            it has.
    """
    check_slice(job, context, Slice(1, request.span, request.by, request.column))
    column = check_missing(job, request)
    wanted = _wanted(job, request, context)
    missing = wanted - _there(job, column, request.span, context) if wanted else wanted
    gaps = [part for part in request.slices() if part.span and any(_lies_in(day, part.span) for day in missing)]
    scopes = (f"{request.scope}.missing{number}" for number in count(1))
    scope = next(scope for scope in scopes if not published(job, scope, context))
    return BackfillPlan(scope, tuple(replace(part, number=number) for number, part in enumerate(gaps, start=1)), 0)


def check_missing(job: type[SparkJob], request: Backfill) -> str:
    """Return the column by which is told what days a job's table has.

    Raises:
        JobDefinitionError: There is none.
    """
    column = event_column(job.output.mode)
    if request.by != "event" or column is None:
        raise JobDefinitionError(
            "which days are missing is told by event days, in the inputs and in the table",
            where=f"{job.name()}, {type(job.output.mode).__name__}",
            hint="give the write mode a late window, or name the days with --from and --to",
        )
    return column


def _wanted(job: type[SparkJob], request: Backfill, context: RunContext) -> frozenset[date]:
    """Return the days of which the driving inputs have rows."""
    names = job.driving_inputs()
    part = Slice(1, request.span, request.by, request.column)
    found: set[date] = set()
    for read in plan_slice(job, replace(context, scope=request.scope), part).inputs:
        if read.name not in names or read.part is None:
            continue
        rows = read_slice(read, read.part, context)
        column = slicing_column(rows, read, read.part)
        if column is not None:
            found |= _days(rows, column, request.span)
    return frozenset(found)


def _there(job: type[SparkJob], column: str, span: Span, context: RunContext) -> frozenset[date]:
    """Return the days of which the table has rows."""
    table = job.output.name
    store = context.tables.store(table)
    return frozenset() if store.version(table) is None else _days(store.read(table), column, span)


def _days(rows: DataFrame, column: str, span: Span) -> frozenset[date]:
    days = rows.select(F.to_date(F.col(f"`{column}`")).alias("day")).distinct().collect()
    return frozenset(row["day"] for row in days if row["day"] is not None and _lies_in(row["day"], span))


def _lies_in(day: date, span: Span) -> bool:
    return span.start <= day < span.end
