"""A contract that has changed, held against its table before anything is read; and inputs brought up to theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.schemas import spark_schema
from tidegate.errors import ContractError
from tidegate.model.evolution import Terms
from tidegate.model.modes import ApplyChanges, Scd2
from tidegate.tables.columns import widened
from tidegate.tables.evolution import compare, evolved
from tidegate.tables.semantics import INTERVAL_COLUMNS, added_columns

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

    from tidegate.job.context import RunContext
    from tidegate.job.work import Work
    from tidegate.model.contracts import Contract
    from tidegate.model.modes import WriteMode
    from tidegate.model.names import TableName
    from tidegate.tables.evolution import Refusal

_HINTS = {
    "policy": "allow it with storage.evolution, or storage.layers.<layer>.evolution, of this environment",
    "drop": "put the column back into the contract; it may be null from now on",
    "type": "restore the type, or add a column of the new type beside it",
    "spelling": "spell it as the table does",
}


def check_evolution(work: Work) -> None:
    """Assert that the table can become what its contract says by now. Nothing is changed yet.

    Raises:
        ContractError: It cannot; the message lists every column with the line of the contract that would change it.
    """
    table, contract = work.job.output.name, work.contract
    if work.plan.version is None:
        return
    store = work.context.tables.store(table)
    wanted = store.held(spark_schema(contract))
    own = made_by(work.job.output.mode) - set(wanted.names)
    there = without(store.schema(table, work.plan.version), own)
    refusals = compare(there, wanted, work.terms).refusals
    if refusals:
        lines = [f"  {contract.location}:{_line(one, contract, there)}: {one.text}" for one in refusals]
        raise ContractError(
            "\n".join([f"{table} cannot become what its contract says:", *lines]),
            where=f"{store.location(table)}, version {work.plan.version}",
            hint="; ".join(dict.fromkeys(_HINTS[one.kind] for one in refusals)),
        )


def as_contracted(rows: DataFrame, table: TableName, context: RunContext) -> DataFrame:
    """Return rows of a table with the columns and types that its contract has by now, as far as the policy goes.

    A contract may have changed since the table's last batch; whoever reads the table need not wait for the next.

    Args:
        rows: The rows.
        table: The table.
        context: The run's context; a table without a contract stays as it is.
    """
    contract = context.contracts.find(table)
    if contract is None:
        return rows
    wanted, terms = spark_schema(contract), Terms(context.tables.evolution(table))
    later = evolved(rows.schema, wanted, terms)
    for change in compare(rows.schema, wanted, terms).changes:
        if change.kind == "add":
            later = later.add(wanted[change.column])
    return rows if later.simpleString() == rows.schema.simpleString() else widened(rows, later)


def made_by(mode: WriteMode) -> set[str]:
    """Return the columns that a mode adds to those of the contract."""
    if isinstance(mode, Scd2):
        return set(added_columns(mode))
    return set(INTERVAL_COLUMNS) if isinstance(mode, ApplyChanges) else set()


def without(schema: StructType, names: set[str]) -> StructType:
    """Return columns without some of them."""
    return type(schema)([field for field in schema.fields if field.name not in names])


def _line(refusal: Refusal, contract: Contract, there: StructType) -> int:
    """Return the line of the column that is refused; of one that has gone, that of the column it stood after."""
    lines = {column.name.lower(): column.line for column in contract.columns}
    before = there.names[: there.names.index(refusal.column) + 1] if refusal.column in there.names else ()
    named = (refusal.column, *reversed(before))
    return next((line for name in named if (line := lines.get(name.lower()))), 1)
