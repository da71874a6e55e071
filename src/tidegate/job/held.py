"""What a batch is held against: the table itself, and those that it refers to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.marks.designs import reach_of
from tidegate.errors import GateError
from tidegate.model.modes import Append, row_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame

    from tidegate.contracts.gate import Gate
    from tidegate.contracts.marks.designs import Reach
    from tidegate.job.context import RunContext
    from tidegate.job.work import Work
    from tidegate.model.names import TableName


def references(work: Work) -> Mapping[TableName, DataFrame]:
    """Return the tables that rules refer to.

    Raises:
        GateError: One does not exist.
    """
    return {table: _reference(table, work.context, work.gate) for table in work.gate.references}


def reaches(work: Work) -> Mapping[TableName, Reach]:
    """Return how much of each of these tables is brought to the rows; *no Spark*."""
    return {table: reach_of(work.plan.rows, work.extent(table).rows) for table in work.gate.references}


def existing(work: Work) -> DataFrame | None:
    """Return the table that keys are held against; None where it is new, is made anew, or no rule looks at it."""
    output = work.job.output
    return work.context.tables.store(output.name).read(output.name, work.plan.version) if _is_asked(work) else None


def keys_of(work: Work) -> tuple[str, ...]:
    """Return the columns that identify a row of the table; none where each stands for itself."""
    keys = row_keys(work.job.output.mode)
    return work.contract.primary_key if keys is None else keys


def tables_held_against(work: Work) -> dict[TableName, tuple[str, ...]]:
    """Return the tables that exist and that columns of a batch are looked for in, with the columns; *no Spark*."""
    found: dict[TableName, tuple[str, ...]] = {}
    for key in work.gate.foreign_keys:
        if work.context.tables.store(key.table).version(key.table) is not None:
            found[key.table] = (*found.get(key.table, ()), *key.columns)
    own = work.job.output.name
    if _is_asked(work):
        found[own] = (*found.get(own, ()), *work.gate.looked_up(keys_of(work)))
    return found


def _is_asked(work: Work) -> bool:
    if work.plan.is_rebuild or work.plan.version is None:
        return False
    adds_keys = isinstance(work.job.output.mode, Append) and work.contract.primary_key
    return bool(adds_keys) or work.gate.looks_at_table(keys_of(work))


def _reference(table: TableName, context: RunContext, gate: Gate) -> DataFrame:
    store = context.tables.store(table)
    if store.version(table) is None:
        raise GateError(
            f"a rule refers to {table}, which does not exist yet",
            where=gate.contract.location,
            hint=f"run the job that writes {table} first",
        )
    return store.read(table)
