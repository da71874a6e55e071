"""Rows held against a contract by themselves: no job, no table, nothing published."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from tidegate.contracts.compiling import compile_gate
from tidegate.contracts.examples import Example, failing_rows
from tidegate.contracts.gx.evaluation import evaluate, prepare
from tidegate.contracts.marks.counting import suspected_in
from tidegate.contracts.marks.sites import column
from tidegate.contracts.rules.kinds import KINDS
from tidegate.contracts.rules.usual import lacks_usual
from tidegate.contracts.verdicts import failed_tally

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pyspark.sql import DataFrame

    from tidegate.contracts.verdicts import Verdict
    from tidegate.model.contracts import Contract, Rule
    from tidegate.model.names import TableName
    from tidegate.model.reports import RuleResult

_PARTS = 1_000_003  # a prime, so that keys which are multiples of something fall into all parts


@dataclass(frozen=True)
class Look:
    """How closely rows are looked at.

    Attributes:
        share: Share of the rows that is checked (0 to 1).
        examples: Rows that are shown per rule that some fail; 0 shows none and saves a pass over the rows.
    """

    share: float = 1.0
    examples: int = 0


WHOLE = Look()


@dataclass(frozen=True)
class Finding:
    """What was found about one rule.

    Attributes:
        result: The result.
        says: What the rule calls a failure, in words.
        is_about_rows: Whether single rows fail it; else it is about all of them, and `failed` is 0 or 1.
        examples: A few rows that failed.
    """

    result: RuleResult
    says: str
    is_about_rows: bool
    examples: tuple[Example, ...] = ()

    @property
    def failed_share(self) -> float | None:
        """Share (0 to 1) of the checked rows that failed; None where no rows were checked, or rows cannot fail it."""
        return self.result.failed / self.result.checked if self.is_about_rows and self.result.checked else None


@dataclass(frozen=True)
class Validation:
    """What was found about rows.

    Attributes:
        verdict: The verdict.
        findings: One per rule, in the contract's order.
        unchecked: Rules about all of the rows, which a sample says nothing about.
    """

    verdict: Verdict
    findings: tuple[Finding, ...]
    unchecked: tuple[Rule, ...] = field(default=())


def validate(
    rows: DataFrame, contract: Contract, *, references: Mapping[TableName, DataFrame], now: datetime
) -> Verdict:
    """Return the verdict on rows: a pass over their keys and one over the rows, and more where keys come twice.

    Nothing can be set aside here, so a row that fails a rule of severity error refuses the rows, unless the rule allows
    some failures. Rows beyond the first of a primary key fail it, whatever else they fail.

    Args:
        rows: The rows: the contract's columns.
        contract: The contract.
        references: The tables that its foreign keys refer to.
        now: The time that ages are counted from; with its zone.

    Raises:
        ContractError: A rule cannot be enforced.
        GateError: Columns or types are not those of the contract, or a table is missing.
    """
    return examine(rows, contract, references=references, now=now).verdict


def examine(
    rows: DataFrame,
    contract: Contract,
    *,
    references: Mapping[TableName, DataFrame],
    now: datetime,
    look: Look = WHOLE,
) -> Validation:
    """Return what `validate` finds, rule by rule, with examples: one pass over the rows, two where some are shown.

    Of a table with a primary key a sample takes keys, not rows: all rows of a key or none, so that a key that is taken
    twice is found among those that are looked at. Rows without a key are sampled one by one. Whether other columns are
    unique is known of the sample only. A number of rows that may fail shrinks with the sample. Rules about all of the
    rows are not asked of a sample.

    Args:
        rows: The rows: the contract's columns.
        contract: The contract.
        references: The tables that its foreign keys refer to.
        now: The time that ages are counted from; with its zone.
        look: How closely the rows are looked at.

    Raises:
        ContractError: A rule cannot be enforced, or a sample leaves no rule to ask.
        GateError: Columns or types are not those of the contract, or a table is missing.
    """
    unchecked = tuple(rule for rule in contract.rules if look.share < 1 and KINDS[rule.kind].fails is None)
    asked = replace(contract, rules=tuple(rule for rule in contract.rules if rule not in unchecked))
    declared = compile_gate(asked)
    gate = replace(
        declared, checks=tuple(replace(check, rule=_strict(check.rule, look.share)) for check in declared.checks)
    )
    prepare(gate)
    chosen = _sampled(rows, contract, look.share)
    alone = gate.mark(chosen, references=references, existing=None, is_alone=True)
    suspects = gate.suspects(alone)
    suspected = suspected_in(suspects)
    found: dict[str, object] = gate.tallied(alone, suspects, suspected).collect()[0].asDict()
    verdict = gate.verdict([found], now=now, found=evaluate(gate, chosen))
    ruled, others = verdict.results[: len(declared.checks)], verdict.results[len(declared.checks) :]
    ruled = tuple(replace(one, severity=check.rule.severity) for one, check in zip(ruled, declared.checks, strict=True))
    verdict = replace(verdict, results=(*ruled, *others))
    failed = [check for check in gate.checks if check.bit is not None and found[failed_tally(check)]]
    marked = gate.settled(alone, suspects, suspected)
    examples = failing_rows(marked, gate, failed, look.examples)
    findings = tuple(
        Finding(result, check.kind.says(check.rule), check.bit is not None, examples.get(result.id, ()))
        for result, check in zip(ruled, declared.checks, strict=True)
    )
    # Such as the score, which is of all rules.
    findings += tuple(Finding(result, result.description, is_about_rows=False, examples=()) for result in others)
    return Validation(verdict, findings, unchecked)


def _sampled(rows: DataFrame, contract: Contract, share: float) -> DataFrame:
    if share >= 1:
        return rows
    drawn = F.rand(seed=0)
    key = [column(name) for name in contract.primary_key if name in rows.columns]
    if key:
        hashed = F.pmod(F.xxhash64(*key), F.lit(_PARTS)) / F.lit(_PARTS)
        is_whole = F.coalesce(*(F.when(part.isNull(), F.lit(0)) for part in key), F.lit(1)) == 1
        drawn = F.when(is_whole, hashed).otherwise(drawn)
    return rows.where(drawn < share)


def _strict(rule: Rule, share: float) -> Rule:
    if KINDS[rule.kind].fails is None or lacks_usual(rule):  # no row fails it
        return rule
    if rule.max_failed is not None:
        return replace(rule, max_failed=int(rule.max_failed * share))
    return rule if rule.max_failed_share is not None or rule.severity != "error" else replace(rule, severity="fatal")
