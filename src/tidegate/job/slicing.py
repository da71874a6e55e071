"""What a run of a backfill would read: a slice of the inputs instead of what is new. No Spark."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timezone
from typing import TYPE_CHECKING

from tidegate.errors import JobDefinitionError, TableError
from tidegate.job.arrivals import event_column
from tidegate.job.folding import check_deferral
from tidegate.job.plan import InputPlan, JobPlan, pending_input
from tidegate.model.commits import Token
from tidegate.model.declarations import Affected, Files, Input, Pulled, Whole, snapshot_of
from tidegate.model.modes import Append, ApplyChanges, Replace, ReplaceWindow, Scd2, Upsert
from tidegate.model.names import TableName
from tidegate.model.topics import Kafka
from tidegate.sources.listing import list_new

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from tidegate.job.base import SparkJob
    from tidegate.job.context import RunContext
    from tidegate.model.slices import Slice, Span
    from tidegate.sources.listing import LandedFile
    from tidegate.tables.port import Version


def plan_slice(job: type[SparkJob], context: RunContext, part: Slice) -> JobPlan:
    """Return what a run of a slice of the job's inputs would read. No Spark.

    It is due even where the slice is empty: its commit says that it is done.

    Args:
        job: The job.
        context: The run's context, with the scope of the backfill.
        part: The slice.

    Raises:
        JobDefinitionError: The job cannot be run on slices of its inputs.
        TableError: The table was made from files that have left the landing zone, and is to be made anew.
    """
    check_deferral(job, context)
    check_slice(job, context, part)
    table = job.output.name
    store = context.tables.store(table)
    version = store.version(table)
    token = Token(job.name(), part.number, context.scope)
    last = store.last_commit(table, token.application) if version is not None else None
    if part.is_rebuild:
        token = Token(job.name(), (last.token.batch if last else 0) + 1, context.scope)
    plans = tuple(_plan_input(job, context, name, part) for name in job.declared_inputs())
    return JobPlan(token, plans, is_due=True, version=version, last=last, part=part)


def check_slice(job: type[SparkJob], context: RunContext, part: Slice) -> None:
    """Refuse to run a job on slices where that would spoil its table.

    Raises:
        JobDefinitionError: It would; the message says why.
    """
    fault = _misfit(job) or (None if part.is_rebuild else _fault(job, context, part))
    if fault:
        what, hint = fault
        raise JobDefinitionError(what, where=f"{job.name()}, {type(job.output.mode).__name__}", hint=hint)


def event_column_of(job: type[SparkJob], declared: Input, column: str | None) -> str | None:
    """Return the event-time column of an input: the one asked for, else what the job's declaration names."""
    mode = job.output.mode
    if column is not None:
        return column
    if isinstance(mode, Scd2):
        return mode.sequence_by
    return event_column(mode) or (declared.keys[0] if isinstance(declared, Affected) else None)


def is_keyed(job: type[SparkJob], context: RunContext) -> bool:
    """Return whether the table takes a row once however often it comes, because its rows have keys."""
    mode = job.output.mode
    return isinstance(mode, Upsert | Scd2) or (
        isinstance(mode, Append) and bool(context.contracts.get(job.output.name).primary_key)
    )


def versions_in(history: Sequence[Version], span: Span) -> tuple[int | None, int | None]:
    """Return the version before the days and the newest within them; equal where none was made then.

    Args:
        history: The versions of a table, oldest first.
        span: The days in which they were made.
    """
    return version_at(history, midnight(span.start)), version_at(history, midnight(span.end))


def version_at(history: Sequence[Version], moment: datetime) -> int | None:
    """Return the newest version made before a moment, or None where the table did not exist then."""
    return max((version.number for version in history if version.made_at < moment), default=None)


def _misfit(job: type[SparkJob]) -> tuple[str, str] | None:
    """Return why the job can neither be run on slices nor its table be made anew, or None where it can."""
    from_the_beginning = "remove the table and run the job: it then reads its inputs from the beginning"
    if isinstance(job.output.mode, ApplyChanges):
        return "changes that a table has seen change nothing when they come again", from_the_beginning
    if any(isinstance(declared, Kafka) for declared in job.declared_inputs().values()):
        return "a topic is read in the order of its offsets, each record once", from_the_beginning
    if any(isinstance(declared, Pulled) for declared in job.declared_inputs().values()):
        return "a database or an API has no past: it shows what it holds now", from_the_beginning
    if any(snapshot_of(declared) for declared in job.declared_inputs().values()):
        return "snapshots are compared one after the other, in their order", from_the_beginning
    return None


def _fault(job: type[SparkJob], context: RunContext, part: Slice) -> tuple[str, str] | None:
    """Return why the job cannot be run on a slice and what to do instead, or None where it can."""
    mode, driving = job.output.mode, job.driving_inputs()
    reads_files = any(isinstance(declared, Files) for declared in driving.values())
    anew = "make the table anew with --full-refresh"
    if isinstance(mode, Replace):
        return "each slice would take the place of the whole table", anew
    if not driving:
        return "all inputs are read in whole, so there is nothing to slice", anew
    if reads_files and part.by == "event":
        return "files are known by when they arrived", "ask for rows by arrival (--by arrival)"
    if isinstance(mode, Append) and not reads_files and not is_keyed(job, context):
        return "rows without a key would be added a second time", f"give the contract a primary key, or {anew}"
    if isinstance(mode, ReplaceWindow):
        return _window_fault(job, mode, part, anew)
    is_dateless = any(event_column_of(job, read, part.column) is None for read in driving.values())
    hint = "name one with --column, or ask for rows by arrival"
    return ("the job names no event-time column", hint) if part.by == "event" and is_dateless else None


def _window_fault(job: type[SparkJob], mode: ReplaceWindow, part: Slice, anew: str) -> tuple[str, str] | None:
    if part.by == "arrival":
        return "what arrived first would take the place of what arrived later", "ask for rows by event (--by event)"
    is_whole = all(isinstance(declared, Affected) for declared in job.driving_inputs().values())
    if part.column not in (None, mode.column) and not is_whole:
        return f"days of {mode.column} would be replaced by a part of their rows", f"leave out --column, or {anew}"
    return None


def _plan_input(job: type[SparkJob], context: RunContext, name: str, part: Slice) -> InputPlan:
    declared = job.declared_inputs()[name]
    if isinstance(declared, Files):
        return _plan_files(job, context, name, part)
    if isinstance(declared, Pulled):
        raise TypeError(name)
    table = TableName.parse(declared.table)
    store = context.tables.store(table)
    until = store.version(table)
    if until is None:
        return InputPlan(name, declared)
    if part.span is None:
        return pending_input(name, declared, store.pending(table, None))
    if isinstance(declared, Whole):
        return InputPlan(name, declared, None, until)
    column = event_column_of(job, declared, part.column) if part.by == "event" else None
    return InputPlan(name, declared, None, until, part=replace(part, column=column))


def _plan_files(job: type[SparkJob], context: RunContext, name: str, part: Slice) -> InputPlan:
    """Return the files of a slice; for a table whose rows have no key, those that no batch has read."""
    declared = job.declared_inputs()[name]
    if not isinstance(declared, Files):
        raise TypeError(name)
    table = job.output.name
    known = context.tables.store(table).files_read(table, Token.family(job.name()))
    landed = list_new(context.landing, declared, frozenset())
    if part.span is None:
        gone = known - {file.identity for file in landed}
        if gone:
            raise TableError(
                f"{len(gone)} files that {table} was made from have left the landing zone",
                where=f"{context.landing}/{declared.feed}",
                hint="bring them back; making the table anew without them would lose their rows",
            )
        files = landed
    else:
        wanted = [file for file in landed if _has_arrived(file, part.span)]
        files = tuple(file for file in wanted if is_keyed(job, context) or file.identity not in known)
    return InputPlan(name, declared, files=files, file_count=len(files), bytes=sum(file.size for file in files))


def _has_arrived(file: LandedFile, span: Span) -> bool:
    return midnight(span.start) <= file.modified_at < midnight(span.end)


def midnight(day: date) -> datetime:
    """Return the moment that a day begins (UTC)."""
    return datetime.combine(day, time(), tzinfo=timezone.utc)
