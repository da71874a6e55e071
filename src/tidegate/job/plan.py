"""What a run of a job would read, found without Spark."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tidegate.errors import SourceError, TableError
from tidegate.job.fitting import check_columns, check_existence, check_place, tell_of_silence
from tidegate.job.folding import check_deferral
from tidegate.model.commits import Commit, Token
from tidegate.model.declarations import Affected, Database, Files, Input, Pulled, Whole, snapshot_of, table_of
from tidegate.model.topics import Kafka
from tidegate.sources.cursors import limit_of
from tidegate.sources.deliveries import find_arrived
from tidegate.sources.offsets import OFFSETS, OffsetSpan, bound_of, span_of_topic
from tidegate.sources.turns import next_snapshot

if TYPE_CHECKING:
    from tidegate.job.base import SparkJob
    from tidegate.job.context import RunContext
    from tidegate.model.cursors import CursorMark
    from tidegate.model.slices import Slice
    from tidegate.model.waiting import Waiting
    from tidegate.sources.cursors import CursorSpan
    from tidegate.sources.listing import LandedFile
    from tidegate.tables.port import Pending


@dataclass(frozen=True)
class InputPlan:
    """What would be read of one input.

    Attributes:
        name: Name that the job gives the input.
        declared: The declaration.
        since: Version read last; None where nothing has been read, or where the input has no versions.
        until: Version to read; None where the table does not exist yet, or for files.
        rows: Rows that are new, where the table's log tells.
        files: Files that are new, for inputs that are files.
        file_count: Number of new files, where known.
        bytes: Their size, where known.
        part: The slice of the rows to read; None for all between the versions.
        span: Values of the cursor to read, for inputs that are databases, and for APIs once they are pulled; offsets,
            for topics. None where nothing is new.
        waiting: Deliveries that are not whole, for inputs that are files.
        is_reduced: Whether rows may have gone or been replaced, for inputs that are tables.
    """

    name: str
    declared: Input
    since: int | None = None
    until: int | None = None
    rows: int | None = None
    files: tuple[LandedFile, ...] = ()
    file_count: int | None = None
    bytes: int | None = None
    part: Slice | None = None
    span: CursorSpan | OffsetSpan | None = None
    waiting: tuple[Waiting, ...] = ()
    is_reduced: bool = False

    @property
    def reads(self) -> str:
        """From where to where, for people: versions, values of a cursor, or how many offsets; `-` for nothing."""
        if isinstance(self.span, OffsetSpan):
            return f"{self.span.size:,} offsets of {len(self.span.starts)} partitions"
        if self.span is not None:
            known = self.span.known.value if self.span.known else "-"
            return f"{known} > {self.span.mark().value}"
        return "-" if self.until is None else f"{'-' if self.since is None else self.since} > {self.until}"

    @property
    def is_driving(self) -> bool:
        """Whether news of this input makes a run start."""
        return not isinstance(self.declared, Whole)

    @property
    def has_news(self) -> bool:
        """Whether the input holds something that has not been read."""
        if isinstance(self.declared, Files):
            return bool(self.files)
        if isinstance(self.declared, Pulled):
            return self.span is not None or self.is_told_by_pull
        return self.is_changed if isinstance(self.declared, Affected) else self.is_changed and self.rows != 0

    @property
    def is_told_by_pull(self) -> bool:
        """Whether only pulling the source tells if it has something new: it is compared, or read to its end."""
        return not isinstance(self.declared, Database | Kafka) or snapshot_of(self.declared) is not None

    @property
    def is_changed(self) -> bool:
        """Whether the input, a table, has come to hold other rows: rows that only went are no news, but a change."""
        is_newer = self.until is not None and (self.since is None or self.since < self.until)
        return is_newer and (self.rows != 0 or self.is_reduced)


@dataclass(frozen=True)
class JobPlan:
    """What a run of a job would do.

    Attributes:
        token: The batch that the run would publish.
        inputs: What would be read.
        is_due: Whether there is anything new.
        version: The output table's version now; None where it does not exist.
        last: The commit of the job's last batch in its scope; None before the first.
        part: The slice of its inputs that the run takes; None for what is new.
        is_rehearsal: Whether the run only says what it would publish.
        is_replay: Whether it takes rows that were set aside, instead of reading the job's inputs.
    """

    token: Token
    inputs: tuple[InputPlan, ...]
    is_due: bool
    version: int | None
    last: Commit | None
    part: Slice | None = None
    is_rehearsal: bool = False
    is_replay: bool = False

    @property
    def is_rebuild(self) -> bool:
        """Whether the batch takes the place of the whole table."""
        return self.part is not None and self.part.is_rebuild

    @property
    def rows(self) -> int | None:
        """Rows of the inputs whose news make the run start; None where a log does not tell."""
        counts = [plan.rows for plan in self.inputs if plan.is_driving]
        return None if None in counts else sum(count or 0 for count in counts)

    @property
    def bytes(self) -> int | None:
        """What the inputs whose news make the run start have to be read of; None where a log does not tell."""
        sizes = [plan.bytes for plan in self.inputs if plan.is_driving]
        return None if None in sizes else sum(size or 0 for size in sizes)

    def watermarks(self) -> dict[str, int]:
        """Return, per input with versions, the version that is read up to once the run has published."""
        return {plan.name: plan.until for plan in self.inputs if plan.until is not None}


def plan_job(job: type[SparkJob], context: RunContext) -> JobPlan:
    """Return what a run of the job would read now. No Spark, unless it reads a database or Kafka: Spark's Java asks.

    Raises:
        TableError: A table went backwards: its version is lower than the one read last. Or an input does not exist, and
            has no contract. Or a table is there in another format than its layer's.
        JobDefinitionError: The job names columns that no contract has, or late rows are to wait beside a table whose
            format cannot let them.
        SourceError: A database or Kafka cannot be asked, or went backwards.
    """
    check_columns(job, context)
    check_deferral(job, context)
    table = job.output.name
    store = context.tables.store(table)
    version = store.version(table)
    if version is None:
        check_place(table, context)
    application = Token(job.name(), 0, context.scope).application
    last = store.last_commit(table, application) if version is not None else None
    seen = dict(last.watermarks) if last else {}
    plans = tuple(
        _plan_pulled(job, context, name, last)
        if isinstance(declared, Pulled)
        else _plan_input(job, context, name, seen.get(name))
        for name, declared in job.declared_inputs().items()
    )
    driving = job.driving_inputs() or job.declared_inputs()
    is_due = any(plan.has_news for plan in plans if plan.name in driving)
    token = Token(job.name(), (last.token.batch if last else 0) + 1, context.scope)
    return JobPlan(token, plans, is_due, version, last)


def _plan_input(job: type[SparkJob], context: RunContext, name: str, since: int | None) -> InputPlan:
    declared = job.declared_inputs()[name]
    if isinstance(declared, Files):
        return _plan_files(job, context, name, declared)
    table = table_of(declared)
    if table is None:
        raise TableError("an input that is no table has no version", where=f"input {name!r}")
    store = context.tables.store(table)
    if store.version(table) is None:
        if since is not None:
            raise TableError(
                f"{table} has been read up to version {since}, and does not exist any more",
                where=store.location(table),
                hint="restore the table, or rebuild the tables made from it",
            )
        check_place(table, context)
        check_existence(name, table, context)
        return InputPlan(name, declared)
    return read_up_to(name, declared, context, since)


def read_up_to(name: str, declared: Input, context: RunContext, since: int | None) -> InputPlan:
    """Return the plan of an input that is a table that exists: what is new in it, or was when a run that failed began.

    What another run has read since is not read again, and what has come since is left for the next run.

    Args:
        name: Name that the job gives the input.
        declared: The declaration.
        context: The context of runs.
        since: The version that was read last; None where nothing was.
    """
    table = table_of(declared)
    if table is None:
        raise TableError("an input that is no table has no version", where=f"input {name!r}")
    store = context.tables.store(table)
    pins = context.pins.versions if context.pins else {}
    if str(table) not in pins:
        return pending_input(name, declared, store.pending(table, since))
    until = pins[str(table)]
    if until is None:
        return InputPlan(name, declared, since)
    if since is not None and since > until:
        return InputPlan(name, declared, since, until if isinstance(declared, Whole) else since, rows=0)
    return pending_input(name, declared, store.pending(table, since, until))


def pending_input(name: str, declared: Input, pending: Pending) -> InputPlan:
    """Return the plan of an input that is a table, of which everything is read that it holds and was not read yet."""
    return InputPlan(
        name=name,
        declared=declared,
        since=pending.since,
        until=pending.until,
        rows=pending.rows,
        file_count=pending.files,
        bytes=pending.bytes,
        is_reduced=pending.is_reduced,
    )


def _plan_files(job: type[SparkJob], context: RunContext, name: str, declared: Files) -> InputPlan:
    table = job.output.name
    seen = context.tables.store(table).files_read(table, Token.family(job.name()))
    found = find_arrived(context.landing, declared, seen, context.now)
    limit = context.pins.landed_by if context.pins else None
    if limit is not None:
        found = replace(found, files=tuple(file for file in found.files if file.modified_at <= limit))
    if not (seen or found.files or found.waiting):
        tell_of_silence(declared, context)
    files = next_snapshot(found, seen, declared.feed) if declared.snapshot else found.files
    size = sum(file.size for file in files)
    return InputPlan(name, declared, files=files, file_count=len(files), bytes=size, waiting=found.waiting)


def _plan_pulled(job: type[SparkJob], context: RunContext, name: str, last: Commit | None) -> InputPlan:
    declared = job.declared_inputs()[name]
    plan, known = InputPlan(name, declared), last.cursors.get(name) if last else None
    if known is not None and isinstance(declared, Kafka) != (known.kind == OFFSETS):
        raise SourceError(
            f"the input {name} has read a source of another kind up to now, which says nothing of this one",
            where=job.name(),
            hint="give the new source an input of another name",
        )
    if isinstance(declared, Kafka):
        return _plan_topic(job, context, plan, declared, known)
    if not isinstance(declared, Database) or plan.is_told_by_pull:
        return plan
    from tidegate.sources.database import find_span  # noqa: PLC0415 - loads Spark, which other jobs' plans do not need

    limit = limit_of(context.pins, job.name(), name)
    span = find_span(context.session(), context.database(declared.connection), declared, known, limit)
    if span is not None:
        context.reached(job.name(), name, span.bound)
    return replace(plan, span=span)


def _plan_topic(
    job: type[SparkJob], context: RunContext, plan: InputPlan, declared: Kafka, known: CursorMark | None
) -> InputPlan:
    connection = context.kafka(declared.connection)
    since = declared.since if known is None else None
    extent = context.topic(connection, declared.topic, since)
    span = span_of_topic(declared, extent, known, bound_of(context.pins, job.name(), plan.name))
    if span is None:
        return plan
    context.reached(job.name(), plan.name, span.bound)
    broker = connection.servers.partition(",")[0].strip()
    return replace(plan, span=replace(span, location=f"kafka://{broker}/{declared.topic}"))
