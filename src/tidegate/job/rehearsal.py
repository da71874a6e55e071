"""A run on inputs as they were, which says what it would publish and writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import JobDefinitionError, TableError
from tidegate.job.plan import InputPlan, JobPlan
from tidegate.job.slicing import version_at
from tidegate.model.commits import LIVE, Token
from tidegate.model.declarations import table_of
from tidegate.tables.port import Published
from tidegate.tables.rewrites import rewritten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidegate.job.base import SparkJob
    from tidegate.job.context import RunContext
    from tidegate.model.names import TableName
    from tidegate.model.pins import Pin
    from tidegate.tables.port import Batch, TableStore, Version


def plan_as_of(job: type[SparkJob], context: RunContext, pin: Pin) -> JobPlan:
    """Return what a live run of the job would have read then, onto the table as it was. No Spark.

    Of a time: the run that would have begun then. Of a version: the run that read up to it.

    Args:
        job: The job.
        context: The run's context.
        pin: The version or the time.

    Raises:
        JobDefinitionError: An input is no table, or a version does not say what all of the inputs were.
        TableError: A table or version is missing, or the table has been restored since.
    """
    table = job.output.name
    declared = job.declared_inputs()
    tables = {name: found for name, read in declared.items() if (found := table_of(read)) is not None}
    strangers = [name for name in declared if name not in tables]
    if strangers:
        raise JobDefinitionError(
            f"only tables have versions, and input {strangers[0]!r} is none",
            where=job.name(),
            hint="name a job that reads tables alone",
        )
    runs = _live_runs(job, context)
    driving = next(iter(job.driving_inputs() or declared))
    before = [run for run in runs if _is_before(run, driving, pin)]
    last = before[-1].commit if before else None
    seen = dict(last.watermarks) if last else {}
    untils = {name: _until(name, read, context, pin) for name, read in tables.items()}
    if pin.moment is None:
        untils |= _read_together(job, runs, driving, pin)
    plans = tuple(InputPlan(name, declared[name], seen.get(name), untils[name]) for name in declared)
    token = Token(job.name(), (last.token.batch if last else 0) + 1, context.scope)
    version = before[-1].number if before else None
    if pin.moment is not None:
        version = version_at(context.tables.store(table).history(table), pin.moment)
    is_due = any(plan.has_news for plan in plans if plan.name in (job.driving_inputs() or declared))
    return JobPlan(token, plans, is_due=is_due, version=version, last=last, is_rehearsal=True)


def rehearse(store: TableStore, batch: Batch, version: int | None) -> Published:
    """Return what publishing a batch onto a version of its table would do; nothing is written.

    Args:
        store: The store of the table.
        batch: The batch.
        version: The version; None where the table did not exist.
    """
    schema = None if version is None else store.read(batch.table, version).schema
    new = rewritten(schema, lambda: store.read(batch.table, version), batch)
    new.release()
    return Published(version, version or 0, new.inserted, new.updated, new.unchanged)


def _live_runs(job: type[SparkJob], context: RunContext) -> Sequence[Version]:
    table = job.output.name
    store = context.tables.store(table)
    history = store.history(table)
    restored = [version.number for version in history if version.is_restore]
    if restored:
        raise TableError(
            f"{table} was restored by version {restored[-1]}, so its log does not say what runs had read before",
            where=store.location(table),
            hint="compare the versions themselves: tidegate diff",
        )
    live = Token(job.name(), 0, LIVE).application
    return [version for version in history if version.commit and version.commit.token.application == live]


def _is_before(run: Version, driving: str, pin: Pin) -> bool:
    if pin.moment is not None:
        return run.made_at < pin.moment
    read = run.commit.watermarks.get(driving) if run.commit else None
    return read is not None and pin.version is not None and read < pin.version


def _until(name: str, table: TableName, context: RunContext, pin: Pin) -> int | None:
    history = context.tables.store(table).history(table)
    if pin.moment is None:
        return pin.version
    found = version_at(history, pin.moment)
    if found is None:
        raise TableError(f"{table} did not exist at {pin}", where=f"input {name!r}", hint="name a later time")
    return found


def _read_together(job: type[SparkJob], runs: Sequence[Version], driving: str, pin: Pin) -> Mapping[str, int]:
    """Return the versions of all inputs that the live run read which read the driving one up to the pin."""
    commits = [run.commit for run in runs if run.commit and run.commit.watermarks.get(driving) == pin.version]
    if commits:
        return commits[-1].watermarks
    if len(job.declared_inputs()) > 1:
        raise JobDefinitionError(
            f"no run has read {driving!r} up to version {pin.version}, so that is not known of the other inputs",
            where=job.name(),
            hint="name a time instead of a version",
        )
    return {}
