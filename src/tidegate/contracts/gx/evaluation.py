"""What Great Expectations has to say about a batch, for rules that only it can evaluate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.gx.package import load
from tidegate.contracts.problems import refusal
from tidegate.errors import GateError
from tidegate.storage.yaml_documents import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame

    from tidegate.contracts.gate import Gate

_PURPOSE = "a rule that only Great Expectations can evaluate"


def prepare(gate: Gate) -> None:
    """Make sure that Great Expectations is there for the rules that need it, and accepts them; else nothing happens.

    Raises:
        ContractError: It does not know an expectation, or not its arguments.
        MissingExtraError: It is not installed.
    """
    if not gate.expectations:
        return
    load(_PURPOSE)
    from tidegate.contracts.gx import engine  # noqa: PLC0415 - takes seconds, and few contracts need it

    found = [Problem(rule.line or 1, f"rule {rule.id}: {text}") for rule, text in engine.problems(gate.expectations)]
    if found:
        raise refusal(gate.contract.location or str(gate.contract.table), found)


def evaluate(gate: Gate, rows: DataFrame) -> Mapping[str, int]:
    """Return, per rule that only Great Expectations can evaluate, the rows that failed it, or 1; 0 where it is met.

    Spark jobs run, and the rows are read several times, unless no rule needs it.

    Args:
        gate: The gate.
        rows: The staged batch, with the contract's columns among others.

    Raises:
        GateError: An expectation could not be evaluated.
        MissingExtraError: Great Expectations is not installed.
    """
    if not gate.expectations:
        return {}
    load(_PURPOSE)
    from tidegate.contracts.gx import engine  # noqa: PLC0415 - as above

    found = engine.evaluate(gate.expectations, rows, gate.contract.column_names)
    failed = {name: count for name, count in found.items() if count is not None}
    if broken := [rule.id for rule in gate.expectations if rule.id not in failed]:
        raise GateError(
            f"Great Expectations could not evaluate {', '.join(broken)}",
            where=f"{gate.contract.table}, contract {gate.contract.location}",
            hint="nothing was published; change the expectation, or take it out of the contract",
        )
    return failed
