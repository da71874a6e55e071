"""Whether the rules of a contract can be enforced; asked when a document is read, and again when a gate is compiled."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from tidegate.contracts.rules.concern import where_problems
from tidegate.contracts.rules.kinds import KINDS, UNENFORCED
from tidegate.contracts.types import parse_type
from tidegate.model.contracts import SEVERITIES
from tidegate.model.nearest import did_you_mean
from tidegate.storage.yaml_documents import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tidegate.contracts.rules.kind import Kind
    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Contract, Rule


def column_types(contract: Contract) -> dict[str, SparkType]:
    """Return the type of every column, by name.

    Raises:
        ValueError: A column's type is not a Spark SQL type.
    """
    return {column.name: parse_type(column.type) for column in contract.columns}


def contract_problems(contract: Contract, rules: Sequence[Rule]) -> Iterator[Problem]:
    """Yield whatever keeps rules from being enforced on a contract's columns, with the line of the rule or column."""
    types: dict[str, SparkType] = {}
    for column in contract.columns:
        try:
            types[column.name] = parse_type(column.type)
        except ValueError as error:
            yield Problem(column.line or 1, f"column {column.name}: {error}")
    known = {column.name for column in contract.columns}
    if not rules:
        yield Problem(
            1, "there is no rule, so nothing would be checked; require a column, or give a primary key or quality rules"
        )
    for name, count in Counter(rule.id for rule in rules).items():
        if count > 1:
            lines = [rule.line or 1 for rule in rules if rule.id == name]
            yield Problem(
                lines[-1],
                f"the rule id {name!r} is given {count} times, first on line {lines[0]}; name the rules apart",
            )
    for rule in rules:
        is_about_known_types = all(column in types for column in known.intersection(rule.columns))
        for text in rule_problems(rule, types, known) if is_about_known_types else ():
            yield Problem(rule.line or 1, f"rule {rule.id}: {text}")
    yield from _key_problems(contract)


def rule_problems(rule: Rule, types: Mapping[str, SparkType], known: set[str]) -> Iterator[str]:
    """Yield whatever keeps a rule from being enforced.

    Args:
        rule: The rule.
        types: Types of the columns.
        known: Names of the columns, those of unknown type included.
    """
    kind = KINDS.get(rule.kind)
    if kind is None:
        allowed = ", ".join(sorted(KINDS.keys() - {UNENFORCED}))
        yield f"there is no kind of rule {rule.kind!r}{did_you_mean(rule.kind, KINDS)}; allowed are {allowed}"
        return
    problems = [*_column_problems(rule, kind, types, known), *_argument_problems(rule, kind)]
    yield from problems
    yield from _handling_problems(rule, kind)
    if problems:
        return
    yield from where_problems(rule, types)
    if kind.problems:
        yield from kind.problems(rule, types)


def _column_problems(rule: Rule, kind: Kind, types: Mapping[str, SparkType], known: set[str]) -> Iterator[str]:
    least, most = kind.columns
    if not least <= len(rule.columns) <= most:
        wanted = f"{least}" if least == most else f"{least} to {most}" if most < len(types) else f"at least {least}"
        yield f"{rule.kind} reads {wanted} columns, not {len(rule.columns)}"
    for name in rule.columns:
        if name not in known:
            yield f"there is no column {name!r}{did_you_mean(name, known)}"
        elif kind.families and types[name].family not in kind.families.split("|"):
            wanted = kind.families.replace("|", " or ")
            yield f"{rule.kind} reads columns that are a {wanted}, and {name} is a {types[name]}"
    if len(set(rule.columns)) < len(rule.columns):
        yield "a column is named twice"


def _argument_problems(rule: Rule, kind: Kind) -> Iterator[str]:
    parameters = kind.arguments
    given = dict(rule.arguments)
    for name, value in rule.arguments:
        if name not in parameters:
            allowed = ", ".join(parameters) or "none"
            yield f"{rule.kind} takes no argument {name!r}{did_you_mean(name, parameters)}; allowed are {allowed}"
        elif value is not None and (problem := parameters[name].problem(value)):
            yield problem
    yield from (
        f"{name} is missing" for name, wanted in parameters.items() if wanted.is_required and given.get(name) is None
    )


def _handling_problems(rule: Rule, kind: Kind) -> Iterator[str]:
    if rule.severity not in SEVERITIES:
        yield f"the severity {rule.severity!r} is not one of {', '.join(SEVERITIES)}"
    if rule.scope not in kind.scopes:
        yield f"the scope of {rule.kind} is not {rule.scope!r}; allowed are {', '.join(kind.scopes)}"
    if not 0 <= rule.weight < math.inf:
        yield f"weight is a number from 0, not {rule.weight}"
    limits = [limit for limit in (rule.max_failed, rule.max_failed_share) if limit is not None]
    if limits and kind.fails is None:
        yield "a rule about the whole batch has no rows that could fail, so it takes no maxFailed"
    if limits and rule.severity == "fatal":
        yield "a fatal rule lets no row fail, so it takes no maxFailed"
    if rule.max_failed is not None and rule.max_failed < 0:
        yield f"maxFailed is a number of rows, not {rule.max_failed}"
    if rule.max_failed_share is not None and not 0 <= rule.max_failed_share <= 1:
        yield f"maxFailedShare is a share from 0 to 1, not {rule.max_failed_share}"


def _key_problems(contract: Contract) -> Iterator[Problem]:
    for rule in contract.rules:
        if rule.kind != "primary_key":
            continue
        if rule.columns != contract.primary_key:
            declared = ", ".join(contract.primary_key) or "none"
            yield Problem(
                rule.line or 1, f"rule {rule.id}: the primary key is declared by primaryKey, and is {declared}"
            )
        if rule.severity not in {"error", "fatal"}:
            yield Problem(
                rule.line or 1, f"rule {rule.id}: a primary key is of severity error or fatal, as rows are merged by it"
            )
