"""A contract made ready to be held against batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.baselines import with_baseline
from tidegate.contracts.gate import Gate
from tidegate.contracts.marks.checks import lay_out
from tidegate.contracts.odcs.drafts import Handling, draft
from tidegate.contracts.problems import refusal
from tidegate.contracts.rules.checking import column_types, contract_problems
from tidegate.contracts.rules.kinds import UNENFORCED
from tidegate.storage.yaml_documents import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tidegate.model.contracts import Contract, Rule


def compile_gate(contract: Contract, *, extra_rules: Sequence[Rule] = ()) -> Gate:
    """Return the gate of a contract. No data is touched, and Spark is not asked.

    A primary key is held also where the contract has no rule of that kind. Rules that leave their numbers to the
    contract's baseline get them here.

    Args:
        contract: The contract.
        extra_rules: Rules of the framework, such as that a file's record could be read.

    Raises:
        ContractError: A rule cannot be enforced; the message lists all such rules with file and line.
    """
    key = contract.primary_key
    has_key_rule = not key or any(rule.kind == "primary_key" for rule in contract.rules)
    implied = () if has_key_rule else (draft("primary_key", key, Handling(), line=1),)
    rules = with_baseline((*contract.rules, *implied, *extra_rules), contract.baseline)
    problems = [*contract_problems(contract, rules)]
    for rule in rules:
        if rule.kind == UNENFORCED:
            text = f"rule {rule.id}: cannot be enforced: {rule.argument('reason')}; remove it, or write it as sql"
            problems.append(Problem(rule.line or 1, text))
    if problems:
        raise refusal(contract.location or str(contract.table), problems)
    return Gate(contract, lay_out(rules), column_types(contract))
