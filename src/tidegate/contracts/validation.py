"""Rows held against a contract by themselves: no job, no table, nothing published."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tidegate.contracts.gate import compile_gate
from tidegate.contracts.gx.evaluation import evaluate, prepare
from tidegate.contracts.verdicts import DUPLICATES, failed_tally

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pyspark.sql import DataFrame

    from tidegate.contracts.verdicts import Verdict
    from tidegate.model.contracts import Contract, Rule
    from tidegate.model.names import TableName


def validate(
    rows: DataFrame, contract: Contract, *, references: Mapping[TableName, DataFrame], now: datetime
) -> Verdict:
    """Return the verdict on rows, in one pass over them.

    Nothing can be set aside here, so a row that fails a rule of severity error refuses the rows, unless the rule allows
    some failures. Rows beyond the first of a primary key fail it.

    Args:
        rows: The rows: the contract's columns.
        contract: The contract.
        references: The tables that its foreign keys refer to.
        now: The time that ages are counted from; with its zone.

    Raises:
        ContractError: A rule cannot be enforced.
        GateError: Columns or types are not those of the contract, or a table is missing.
    """
    declared = compile_gate(contract)
    gate = replace(declared, checks=tuple(replace(check, rule=_strict(check.rule)) for check in declared.checks))
    prepare(gate)
    marked = gate.mark(rows, references=references, existing=None)
    tallies = [tally.alias(name) for name, tally in gate.tallies().items()]
    found: dict[str, object] = marked.agg(*tallies).collect()[0].asDict()
    for check in gate.checks:
        if check.rule.kind == "primary_key":
            name = failed_tally(check)
            found[name] = int(str(found[name])) + int(str(found[DUPLICATES]))
    verdict = gate.verdict([found], now=now, found=evaluate(gate, rows))
    results = zip(verdict.results, declared.checks, strict=True)
    return replace(verdict, results=tuple(replace(result, severity=check.rule.severity) for result, check in results))


def _strict(rule: Rule) -> Rule:
    has_limit = rule.max_failed is not None or rule.max_failed_share is not None
    return rule if has_limit or rule.severity != "error" else replace(rule, severity="fatal")
