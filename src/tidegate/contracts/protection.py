"""Contracts with the protection of every column decided, and refused where it would spoil the table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tidegate.contracts.personal import is_confidential
from tidegate.contracts.problems import refusal
from tidegate.contracts.roles import has_clear_reader
from tidegate.contracts.rules.checking import column_types
from tidegate.contracts.rules.concern import columns_read
from tidegate.model.privacy import STANDING
from tidegate.storage.yaml_documents import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tidegate.model.contracts import Column, Contract, Rule
    from tidegate.model.privacy import Policies, Protection

# Kinds of rules that compare rows with others: a masked value says nothing about them.
_COMPARING = ("foreign_key", "primary_key", "unique")


def with_protection(contract: Contract, policies: Policies) -> Contract:
    """Return a contract in which every column that is not kept as it comes says what becomes of its values.

    Args:
        contract: The contract, as its document has it.
        policies: What holds where the document says nothing.

    Raises:
        ContractError: A column cannot be protected so; the message lists all with file and line.
    """
    columns = tuple(_decided(column, contract, policies) for column in contract.columns)
    decided = contract if columns == contract.columns else replace(contract, columns=columns)
    problems = [*_problems(decided), *_roles_missing(decided, policies)]
    if problems:
        raise refusal(contract.location or str(contract.table), problems)
    return decided


def as_published(contract: Contract) -> Contract:
    """Return a contract with the rules that hold of what its table has: protected values pass no rule about what came.

    Rules that compare values, and those that want one, hold of hashes as well.
    """
    protected, types = contract.protected.keys(), column_types(contract)

    def lasts(rule: Rule) -> bool:
        is_touched = bool(protected & {*columns_read(rule, types)})
        return not is_touched or rule.kind in _COMPARING or _wants_value(rule, contract)

    lasting = tuple(filter(lasts, contract.rules))
    return contract if len(lasting) == len(contract.rules) else replace(contract, rules=lasting)


def _wants_value(rule: Rule, contract: Contract) -> bool:
    """Return whether a rule wants a value where a table has one for any that came."""
    kinds = {column.name: column.type for column in contract.columns}
    is_there = all(contract.protected.get(name) != "mask" or kinds[name] == "string" for name in rule.columns)
    return rule.kind == "not_null" and rule.where is None and is_there


def _decided(column: Column, contract: Contract, policies: Policies) -> Column:
    asked: Protection = policies.of(contract.table.layer, column.classification)
    return column if column.protection or asked == "keep" else replace(column, protection=asked)


def _problems(contract: Contract) -> Iterator[Problem]:
    compared = {name for rule in contract.rules if rule.kind in _COMPARING for name in rule.columns}
    compared |= {*contract.primary_key}
    for column in contract.columns:
        line, name = column.line or 1, column.name
        if column.protection in STANDING and column.type != "string":
            asked = column.protection
            text = f"{asked} makes text of {name}, which is a {column.type}; make the column a string, or mask it"
            yield Problem(line, text)
        if column.protection == "mask" and name in compared:
            yield Problem(
                line, f"{name} is compared with other rows (a key, or unique), so mask would spoil it; hash it"
            )
        if column.protection == "mask" and column.required and column.type != "string":
            yield Problem(line, f"mask makes {name} null, as it is a {column.type}, and it is required; let it be null")


def _roles_missing(contract: Contract, policies: Policies) -> Iterator[Problem]:
    """Give the first column that a layer keeps in the clear although the contract names nobody who may read it so."""
    if contract.table.layer not in policies.needs_role or has_clear_reader(contract):
        return
    kept = next((one for one in contract.columns if is_confidential(one) and one.name not in contract.protected), None)
    if kept is not None:
        text = (
            f"{kept.name} is personal data in the clear, and the layer {contract.table.layer} wants a role that may "
            "read it; name it under roles, with access: read"
        )
        yield Problem(kept.line or 1, text)
