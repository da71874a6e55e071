"""What a build is handed: its sources pinned, and the days on which rows came, changed or went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import JobDefinitionError
from tidegate.job.dbt.request import DbtBuild, PinnedTable
from tidegate.model.declarations import table_of
from tidegate.tables.catalog import deferring
from tidegate.tables.turns import turns_of

if TYPE_CHECKING:
    from tidegate.job.context import RunContext
    from tidegate.job.dbt.job import DbtJob
    from tidegate.job.dbt.plan import DbtPlan
    from tidegate.model.names import TableName

MAX_LISTED_DAYS = 400


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
        JobDefinitionError: A layer is not in Delta, the one format that dbt reads at a version and merges into.
    """
    place, tables = job.place, job.outputs()
    sources = {name: pinned for read in plan.inputs for name, pinned in [_pinned(read.name, job, context, read.until)]}
    _require_delta(context, (*sources, *tables))
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


def _pinned(name: str, job: DbtJob, context: RunContext, version: int | None) -> tuple[TableName, PinnedTable]:
    table = table_of(job.declared_inputs()[name])
    if table is None or version is None:
        raise JobDefinitionError(f"the input {name!r} has no version to read", where=job.name())
    store = context.tables.store(table)
    late = deferring(store) if store.format == "delta" else None
    return table, PinnedTable(store.location(table), version, late.query(table, version) if late else None)


def _require_delta(context: RunContext, tables: tuple[TableName, ...]) -> None:
    other = {table: context.tables.store(table).format for table in tables}
    wrong = [f"{table} ({kind})" for table, kind in other.items() if kind != "delta"]
    if wrong:
        raise JobDefinitionError(
            f"a dbt job reads and writes Delta tables, and these are not: {', '.join(wrong)}",
            where="storage.layers",
            hint="set the format of the layer to delta",
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
