"""What a run of a dbt job would read, found without Spark and without dbt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.errors import TableError
from tidegate.job.plan import InputPlan, read_up_to
from tidegate.model.commits import Commit, Token
from tidegate.model.declarations import New, table_of

if TYPE_CHECKING:
    from tidegate.job.context import RunContext
    from tidegate.job.dbt.job import DbtJob
    from tidegate.model.declarations import Input


@dataclass(frozen=True)
class DbtPlan:
    """What a run of a dbt job would do.

    Attributes:
        token: The batch that the run would publish.
        inputs: What would be read, and since when.
        is_due: Whether there is anything new, or a table is missing.
        last: What the last complete run says of itself; None before the first.
        is_full_refresh: Whether tables are there that no complete run has made, so that nothing can be left out.
    """

    token: Token
    inputs: tuple[InputPlan, ...]
    is_due: bool
    last: Commit | None
    is_full_refresh: bool

    def check(self, context: RunContext) -> None:
        """Refuse to go on without an input.

        Raises:
            TableError: An input does not exist.
        """
        for read in self.inputs:
            table = table_of(read.declared)
            if table is not None and read.until is None:
                raise TableError(
                    f"{table} does not exist{' yet' if read.since is None else ' any more'}",
                    where=context.tables.store(table).location(table),
                    hint=f"run the job that writes {table} first",
                )

    def watermarks(self) -> dict[str, int]:
        """Return, per input, the version that is read up to once the run has succeeded."""
        return {plan.name: plan.until for plan in self.inputs if plan.until is not None}

    def commit(self, run_id: str) -> Commit:
        """Return what the seal of the run says about it."""
        return Commit(self.token, run_id, self.watermarks())


def plan_dbt_job(job: type[DbtJob], context: RunContext) -> DbtPlan:
    """Return what a run of the job would read now. No Spark, no dbt.

    What has been read is what the seal says: the last commit of a complete run, made in the first of the job's tables
    when all tests had passed. A run that was killed before has left no seal, and is made up for.

    Raises:
        TableError: The version of an input is lower than the one read last.
    """
    existing = [table for table in job.outputs() if context.tables.store(table).version(table) is not None]
    sealed = job.outputs()[0]
    application = Token(job.name(), 0, context.scope).application
    last = context.tables.store(sealed).last_commit(sealed, application) if sealed in existing else None
    seen = dict(last.watermarks) if last else {}
    plans = tuple(_plan_input(name, job.declared_inputs()[name], context, seen.get(name)) for name in job.inputs)
    is_new = any(plan.is_changed for plan in plans if isinstance(plan.declared, New))  # models see what went, too
    return DbtPlan(
        token=Token(job.name(), (last.token.batch if last else 0) + 1, context.scope),
        inputs=plans,
        is_due=last is None or is_new or len(existing) < len(job.outputs()),
        last=last,
        is_full_refresh=last is None and bool(existing),
    )


def _plan_input(name: str, declared: Input, context: RunContext, since: int | None) -> InputPlan:
    table = table_of(declared)
    if table is None:
        raise TableError("a dbt job reads tables, not files", where=f"input {name!r}")
    store = context.tables.store(table)
    if store.version(table) is None:
        return InputPlan(name, declared, since)
    return read_up_to(name, declared, context, since)
