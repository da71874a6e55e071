"""What a build is handed: its sources pinned, and the days on which rows came, changed or went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import JobDefinitionError
from tidegate.job.dbt.request import DbtBuild
from tidegate.model.declarations import table_of
from tidegate.tables.catalog import deferring
from tidegate.tables.turns import turns_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tidegate.job.context import RunContext
    from tidegate.job.dbt.job import DbtJob
    from tidegate.job.dbt.plan import DbtPlan
    from tidegate.model.names import TableName

MAX_LISTED_DAYS = 400

_READ = ("delta", "iceberg")
_WRITTEN = ("delta",)


def request_build(job: DbtJob, context: RunContext, plan: DbtPlan, run_id: str) -> DbtBuild:
    """Return the build that a run asks for.

    Days on which rows came, changed or went are listed one by one; where there are more than a list is good for,
    everything is built again.

    Args:
        job: The job.
        context: The run's context.
        plan: What the run reads.
        run_id: The run.

    Raises:
        JobDefinitionError: Gold is not in Delta, the one format that a build can take back; or a source is in a format
            that SQL cannot read at a version.
    """
    place, tables = job.place, job.outputs()
    _require_written(context, tables)
    sources = dict(_pinned(read.name, job, context, read.until) for read in plan.inputs)
    days = {variable: _days(job, context, plan, variable) for variable in job.affected}
    listed = {variable: found for variable, found in days.items() if found is not None}
    gold = context.tables.store(tables[0])
    return DbtBuild(
        project_dir=place.project_dir,
        target_path=place.target_path,
        log_path=place.log_path,
        profiles_dir=place.profiles_dir,
        sources=sources,
        location=gold.location(tables[0]).rpartition("/")[0],
        commit=plan.commit(run_id),
        variables={**job.variables, **listed},
        tables=tables,
        is_full_refresh=plan.is_full_refresh or len(listed) < len(days),
        turns=turns_of(gold),
    )


def _pinned(name: str, job: DbtJob, context: RunContext, version: int | None) -> tuple[TableName, str]:
    table = table_of(job.declared_inputs()[name])
    if table is None or version is None:
        raise JobDefinitionError(f"the input {name!r} has no version to read", where=job.name())
    store = context.tables.store(table)
    late = deferring(store) if store.format in _READ else None
    if late is None:
        raise _refused("reads", {table: store.format}, _READ)
    return table, late.query(table, version)


def _require_written(context: RunContext, tables: tuple[TableName, ...]) -> None:
    formats = {table: context.tables.store(table).format for table in tables}
    wrong = {table: kind for table, kind in formats.items() if kind not in _WRITTEN}
    if wrong:
        raise _refused("writes", wrong, _WRITTEN)


def _refused(does: str, wrong: Mapping[TableName, str], formats: Sequence[str]) -> JobDefinitionError:
    named = ", ".join(f"{table} ({kind})" for table, kind in wrong.items())
    wanted = " or ".join(formats)
    return JobDefinitionError(
        f"a dbt job {does} tables in {wanted}, and these are not: {named}",
        where="storage.layers",
        hint=f"set the format of the layer to {wanted}",
    )


def _days(job: DbtJob, context: RunContext, plan: DbtPlan, variable: str) -> tuple[str, ...] | None:
    """Return the days as ISO 8601, sorted; none before the first run, and None where they cannot be listed."""
    name, column = job.affected[variable]
    read = next(read for read in plan.inputs if read.name == name)
    table = table_of(read.declared)
    if plan.last is None or read.since == read.until:
        return ()
    if table is None or read.since is None or read.until is None:
        return None
    touched = context.tables.store(table).touched(table, (column,), read.since, read.until)
    rows = touched.select(touched[column].cast("date").alias("day")).distinct().limit(MAX_LISTED_DAYS + 1).collect()
    days = [row["day"] for row in rows]
    if len(days) > MAX_LISTED_DAYS or None in days:
        return None
    return tuple(day.isoformat() for day in sorted(days))
