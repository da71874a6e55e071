"""Read the pinned versions of a job's inputs."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql.types import DateType

from tidegate.errors import TableError
from tidegate.job.evolution import as_contracted
from tidegate.job.pulls import nothing_of
from tidegate.job.sliced_rows import read_slice
from tidegate.model.declarations import Affected, Database, Files, New, Pulled, Whole
from tidegate.model.names import TableName
from tidegate.model.topics import Kafka
from tidegate.model.transfers import InputRead, SchemaField
from tidegate.sources.offsets import OffsetSpan
from tidegate.sources.reading import read_counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame

    from tidegate.job.context import RunContext
    from tidegate.job.plan import InputPlan, JobPlan
    from tidegate.job.pulls import Pull
    from tidegate.model.contracts import Contract
    from tidegate.model.declarations import Input

MAX_LISTED_DAYS = 400
SMALL_BYTES = 8 * 1024 * 1024

_KINDS = {
    "New": "new",
    "Whole": "whole",
    "Affected": "affected",
    "Files": "files",
    "Database": "database",
    "Api": "api",
    "Kafka": "kafka",
}


def read_inputs(
    plan: JobPlan, contract: Contract, context: RunContext, pulls: Mapping[str, Pull]
) -> dict[str, DataFrame]:
    """Return a frame per input, each at the version that the plan pinned.

    Args:
        plan: What to read.
        contract: Contract of the output, which gives files their columns.
        context: The run's context.
        pulls: What was read of databases, APIs and snapshots.

    Raises:
        TableError: A table that is read does not exist yet.
    """
    return {read.name: read_input(read, contract, context, pulls.get(read.name)) for read in plan.inputs}


def read_input(read: InputPlan, contract: Contract, context: RunContext, pulled: Pull | None = None) -> DataFrame:
    """Return the rows of one input, at the version that the plan pinned.

    Args:
        read: What to read.
        contract: Contract of the output, which gives files their columns.
        context: The run's context.
        pulled: What was read of a database, an API or a snapshot, for an input that is one.

    Raises:
        TableError: The table does not exist yet, or a slice of it cannot be told.
    """
    declared = read.declared
    if pulled is not None and pulled.rows is not None:
        return pulled.rows
    if isinstance(declared, Files):
        return read_counted(context.session(), read.files, declared, contract)
    if isinstance(declared, Pulled):
        return nothing_of(declared, contract, context)
    return _read_table(read, declared, context)


def _read_table(read: InputPlan, declared: New | Whole | Affected, context: RunContext) -> DataFrame:
    table = TableName.parse(declared.table)
    if read.until is None:
        raise TableError(
            f"{table} does not exist yet", where=f"input {read.name!r}", hint=f"run the job that writes {table} first"
        )
    return as_contracted(_rows(read, declared, table, context), table, context)


def _rows(read: InputPlan, declared: New | Whole | Affected, table: TableName, context: RunContext) -> DataFrame:
    """Return the rows of a table that are to be read, as the table has them."""
    store, until = context.tables.store(table), read.until or 0
    if isinstance(declared, Whole):
        return store.read(table, until)
    if read.part is not None:
        chosen = read_slice(read, read.part, context)
        return chosen if isinstance(declared, New) else _groups(declared, store.read(table, until), chosen)
    if isinstance(declared, New) or read.since is None:
        return _together(store.changes(table, read.since, until), read)
    touched = store.touched(table, declared.keys, read.since, until)
    return _groups(declared, store.read(table, until), _together(touched, read))


def _together(rows: DataFrame, read: InputPlan) -> DataFrame:
    """Return the rows, in one partition where they are few: what puts a key's rows side by side then moves none."""
    return rows.coalesce(1) if read.bytes is not None and read.bytes <= SMALL_BYTES else rows


def _groups(declared: Affected, whole: DataFrame, rows: DataFrame) -> DataFrame:
    """Return all rows of the groups that some rows belong to; null makes a group like any other value."""
    keys = list(declared.keys)
    touched = rows.select(*keys).distinct()
    first = keys[0]
    if isinstance(whole.schema[first].dataType, DateType):
        days = [row[0] for row in touched.select(first).distinct().limit(MAX_LISTED_DAYS + 1).collect()]
        if len(days) <= MAX_LISTED_DAYS and None not in days:
            whole = whole.filter(F.col(first).isin(days))
    wanted = touched.toDF(*(f"_touched_{key}" for key in keys))
    is_same = reduce(and_, (F.col(key).eqNullSafe(F.col(f"_touched_{key}")) for key in keys))
    return whole.join(F.broadcast(wanted), is_same, "left_semi")


def describe_inputs(
    plan: JobPlan, columns: Mapping[str, tuple[SchemaField, ...]], context: RunContext
) -> tuple[InputRead, ...]:
    """Return the record of what was read, for the report.

    Args:
        plan: What was to be read.
        columns: Per input that was read, its columns.
        context: The context of the run.
    """
    return tuple(_describe(read, columns.get(read.name, ()), context) for read in plan.inputs)


def _describe(read: InputPlan, columns: tuple[SchemaField, ...], context: RunContext) -> InputRead:
    declared = read.declared
    location, kind_of_format = _place(read, context)
    return InputRead(
        name=read.name,
        table=_label(declared),
        kind=_KINDS[type(declared).__name__],
        format=kind_of_format,
        location=location,
        version_from=read.since,
        version_to=read.until,
        rows=read.rows,
        files=read.file_count,
        bytes=read.bytes,
        columns=columns,
        cursor_from=read.span.known.value if read.span and read.span.known else None,
        cursor_to=read.span.mark().value if read.span else None,
        waiting=read.waiting,
        left=read.span.left if isinstance(read.span, OffsetSpan) else 0,
        lost=read.span.lost if isinstance(read.span, OffsetSpan) else 0,
    )


def _label(declared: Input) -> str:
    if isinstance(declared, Files):
        return declared.feed
    return declared.label if isinstance(declared, Pulled) else declared.table


def _place(read: InputPlan, context: RunContext) -> tuple[str, str]:
    declared = read.declared
    if isinstance(declared, Kafka):
        return read.span.location if isinstance(read.span, OffsetSpan) else "", "kafka"
    if isinstance(declared, Files):
        return f"{context.landing.rstrip('/')}/{declared.feed}", declared.format
    if isinstance(declared, Pulled):
        return "", "jdbc" if isinstance(declared, Database) else declared.format
    table = TableName.parse(declared.table)
    store = context.tables.store(table)
    return store.location(table), store.format


def schema_fields(frame: DataFrame) -> tuple[SchemaField, ...]:
    """Return names and Spark SQL types of a frame's columns, tidegate's own left out."""
    return tuple(
        SchemaField(field.name, field.dataType.simpleString())
        for field in frame.schema.fields
        if not field.name.startswith("_")
    )
