"""What a run of a pipeline would do to each of its tables, told without Spark and without touching data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.contracts.schemas import spark_schema
from tidegate.errors import TidegateError
from tidegate.job.arrivals import event_column
from tidegate.job.base import SparkJob
from tidegate.job.evolution import made_by, without
from tidegate.job.plan import JobPlan
from tidegate.job.planning import plan_of
from tidegate.job.slicing import event_column_of
from tidegate.model.declarations import table_of
from tidegate.model.evolution import Terms
from tidegate.model.modes import Append, ApplyChanges, Replace
from tidegate.pipeline.graph import Graph
from tidegate.tables.evolution import compare
from tidegate.tables.extents import Window, log_reader, window_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.job.context import RunContext
    from tidegate.job.plan import InputPlan
    from tidegate.job.planning import AnyPlan
    from tidegate.job.port import Job
    from tidegate.model.contracts import Contract
    from tidegate.tables.extents import Extent


@dataclass(frozen=True)
class Rewrites:
    """Files of a table that a run may write anew.

    Attributes:
        files: How many at most.
        bytes: Their size.
        of: How many files the table has.
    """

    files: int
    bytes: int
    of: int


@dataclass(frozen=True)
class Forecast:
    """What a run would do with one job.

    Attributes:
        job: The job.
        after: The jobs of the pipeline that it waits for.
        plan: What it would read; None where that cannot be told.
        window: Event days that what is new reaches over; None where no log says.
        rewrites: Files of its table that may be written anew; None where no log says, or nothing is new.
        contract: The contract's version, and the one of the last batch before it where that is another; None for jobs
            whose contract is not tidegate's.
        changes: What the contract changes of the table's columns.
        blocked: Why the job would not end well, as far as it can be told; empty where nothing is known.
    """

    job: str
    after: tuple[str, ...]
    plan: AnyPlan | None = None
    window: Window | None = None
    rewrites: Rewrites | None = None
    contract: str | None = None
    changes: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()

    @property
    def is_due(self) -> bool:
        """Whether something is new for the job now."""
        return self.plan is not None and self.plan.is_due


def forecast(graph: Graph, jobs: Mapping[str, type[Job]], context: RunContext) -> tuple[Forecast, ...]:
    """Return what a run would do, per job in the order of running. No Spark, unless a job reads a database.

    What a job writes is new for the next one only once it has run, so later jobs may do more than is told.

    Args:
        graph: The jobs and their order.
        jobs: The jobs by name.
        context: The context of runs.
    """
    made = {str(table): name for name, job in jobs.items() for table in job.outputs()}
    found: dict[str, Forecast] = {}
    for name in graph.order:
        above = tuple(job for job in graph.order if job in graph.upstream[name])
        because = tuple(f"{job} is blocked" for job in above if found[job].blocked)
        found[name] = _of_job(jobs[name], above, made, context, because)
    return tuple(found.values())


def alone(job: type[Job]) -> tuple[Graph, Mapping[str, type[Job]]]:
    """Return one job as if it were a pipeline.

    Args:
        job: The job.
    """
    return Graph((job.name(),), {job.name(): frozenset()}), {job.name(): job}


def _of_job(
    job: type[Job], above: tuple[str, ...], made: Mapping[str, str], context: RunContext, because: tuple[str, ...]
) -> Forecast:
    name = job.name()
    try:
        plan = plan_of(job, context)
        missing = tuple(_missing(plan, made)) if plan.is_due else ()
        if not issubclass(job, SparkJob) or not isinstance(plan, JobPlan):
            return Forecast(name, above, plan, blocked=(*because, *missing))
        contract = context.contracts.get(job.output.name)
        changes, refused = _changes(job, plan, contract, context)
        window = _window(job, plan, context)
        return Forecast(
            name,
            above,
            plan,
            window,
            _rewrites(job, plan, window, context) if plan.is_due else None,
            _versions(plan, contract),
            changes,
            (*because, *missing, *refused),
        )
    except TidegateError as error:
        return Forecast(name, above, blocked=(*because, error.what + (f" ({error.where})" if error.where else "")))


def _missing(plan: AnyPlan, made: Mapping[str, str]) -> list[str]:
    """Return why the inputs are not there: tables that do not exist and that no job of the pipeline writes."""
    tables = [str(table_of(read.declared)) for read in plan.inputs if table_of(read.declared) and read.until is None]
    return [f"{table} does not exist, and no job of the pipeline writes it" for table in tables if table not in made]


def _versions(plan: JobPlan, contract: Contract) -> str:
    before = plan.last.contract_version if plan.last else None
    return contract.version if before in {None, contract.version} else f"{before} > {contract.version}"


def _changes(
    job: type[SparkJob], plan: JobPlan, contract: Contract, context: RunContext
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what the contract changes of the table's columns, and what of that is refused."""
    table = job.output.name
    store = context.tables.store(table)
    reader = log_reader(store) if plan.version is not None else None
    there = reader.columns(table) if reader else None
    if there is None:
        return (), ()
    wanted = store.held(spark_schema(contract))
    required = frozenset(column.name for column in contract.columns if column.required)
    own = made_by(job.output.mode) - set(wanted.names)
    told = compare(without(there, own), wanted, Terms(context.tables.evolution(table), required))
    changes = tuple(
        f"{change.kind} {change.column}: {change.before or 'nothing'} > {change.after}"
        for change in told.changes
        if not change.column.startswith("_")
    )
    return changes, tuple(f"the contract cannot be followed: {refusal.text}" for refusal in told.refusals)


def _window(job: type[SparkJob], plan: JobPlan, context: RunContext) -> Window | None:
    """Return the event days that what is new in the driving inputs reaches over; None where a log does not say."""
    news = [read for read in plan.inputs if read.is_driving and read.has_news]
    found = [_extents(job, read, context) for read in news]
    if not found or None in found:
        return None
    return window_of(extent for extents in found if extents is not None for extent in extents)


def _extents(job: type[SparkJob], read: InputPlan, context: RunContext) -> tuple[Extent, ...] | None:
    table, column = table_of(read.declared), event_column_of(job, read.declared, None)
    if table is None or read.until is None or column is None:
        return None
    reader = log_reader(context.tables.store(table))
    return reader.extents(table, column, read.since, read.until) if reader else None


def _rewrites(job: type[SparkJob], plan: JobPlan, window: Window | None, context: RunContext) -> Rewrites | None:
    """Return the files that may be written anew: those of the window's days where the mode keeps to these."""
    table, mode = job.output.name, job.output.mode
    if plan.version is None:
        return Rewrites(0, 0, 0)
    reader = log_reader(context.tables.store(table))
    files = reader.extents(table, event_column(mode), None, plan.version) if reader else None
    if files is None:
        return None
    if isinstance(mode, Append):
        return Rewrites(0, 0, len(files))
    is_bounded = event_column(mode) is not None and not (isinstance(mode, ApplyChanges) and not mode.event_is_fixed)
    days = window if is_bounded and not isinstance(mode, Replace) else None
    touched = [file for file in files if file.meets(days)]
    return Rewrites(len(touched), sum(file.bytes for file in touched), len(files))
