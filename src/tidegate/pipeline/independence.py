"""Whether the slices of a job can be prepared side by side: whether none looks at what another one is to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.compiling import compile_gate
from tidegate.contracts.rules.compared_kinds import ROW_COUNT_HISTORY
from tidegate.contracts.rules.others import other_table
from tidegate.model.modes import Append, row_keys

if TYPE_CHECKING:
    from tidegate.contracts.gate import Gate
    from tidegate.job.base import SparkJob
    from tidegate.job.context import RunContext
    from tidegate.model.modes import WriteMode


def why_in_order(job: type[SparkJob], context: RunContext) -> str | None:
    """Return why a slice of a job begins only when the one before it has ended; None where it need not wait. No Spark.

    What a merge does is no reason: slices write in their order in any case. A rule is that looks at the
    table while another slice is judged.

    Args:
        job: The job.
        context: The context of runs.

    Raises:
        ContractError: The contract of the table is missing or broken.
    """
    table, mode = job.output.name, job.output.mode
    contract = context.contracts.get(table)
    if (reason := _rule_that_looks(compile_gate(contract), mode)) is not None:
        return reason
    if isinstance(mode, Append) and contract.primary_key and context.tables.store(table).staging(table, mode):
        return "rows of a batch become files of the table as they are, so their keys are checked against all before"
    return None


def _rule_that_looks(gate: Gate, mode: WriteMode) -> str | None:
    """Return which rule looks at the table that the batch is for; None where none does."""
    table = gate.contract.table
    if table in gate.references:
        return f"a rule refers to rows of {table} itself"
    for rule in gate.compared:
        if rule.kind == ROW_COUNT_HISTORY:
            return f"rule {rule.id} compares each slice with those before it"
        if other_table(rule) == table:
            return f"rule {rule.id} looks at {table} itself"
    keys = row_keys(mode)
    looks = gate.looks_at_table(gate.contract.primary_key if keys is None else keys)
    return f"a rule says that values are unique in the whole of {table}" if looks else None
