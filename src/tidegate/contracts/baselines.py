"""The baseline of a table: a document beside its contract, which fills in the numbers that rules leave to it.

Like the contract it changes only when somebody changes it, so a run that is repeated compares with the same numbers,
and no batch can move what it is held against.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from tidegate.contracts.rules.usual import lacks_usual
from tidegate.errors import ContractError, MissingFileError
from tidegate.model.baselines import Baseline, Usual
from tidegate.storage import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tidegate.model.contracts import Argument, Contract, Rule

SUFFIX = ".baseline.json"
_CONTRACT = ".odcs.yaml"


def baseline_uri(contract: str) -> str:
    """Return where the baseline of a contract's file lies: beside it."""
    return f"{contract.removesuffix(_CONTRACT)}{SUFFIX}"


def load_baseline(uri: str) -> Baseline | None:
    """Return the baseline that a file holds; None where there is no such file.

    Raises:
        ContractError: It is none that tidegate wrote.
        StorageError: The store does not answer.
    """
    try:
        data = read_bytes(uri)
    except MissingFileError:
        return None
    return read_baseline(data, uri)


def read_baseline(data: bytes, location: str) -> Baseline:
    """Return the baseline that a document holds.

    Args:
        data: The document: JSON, UTF-8.
        location: Where it comes from, for messages.

    Raises:
        ContractError: It is none that tidegate wrote.
    """
    try:
        found = json.loads(data)
        usual = tuple(_usual(given) for given in found["usual"])
        return Baseline(str(found["table"]), int(found["table_version"]), str(found["contract_version"]), usual)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ContractError(
            "it is not the baseline of a table",
            where=location,
            hint="make it again: tidegate baseline TABLE; or remove it, and nothing is compared with it",
        ) from error


def baseline_document(baseline: Baseline) -> bytes:
    """Return a baseline as a document: the same for the same numbers."""
    facts = asdict(baseline)
    facts["usual"] = [{**one, "numbers": dict(one["numbers"])} for one in facts["usual"]]
    return (json.dumps(facts, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()


def with_baseline(rules: Iterable[Rule], baseline: Baseline | None) -> tuple[Rule, ...]:
    """Return rules with the numbers that they leave to a baseline, as far as it has them.

    A rule that asks something else than it did when the baseline was made finds nothing there.

    Args:
        rules: The rules.
        baseline: The baseline of their table; None where it has none.
    """
    known = {one.rule: one for one in baseline.usual} if baseline else {}
    return tuple(_filled(rule, known.get(rule.id)) for rule in rules)


def asks(rule: Rule) -> tuple[str, str, tuple[str, ...], str, str | None]:
    """Return what a rule asks a baseline for."""
    return rule.id, rule.kind, rule.columns, str(rule.argument("by")), rule.where


def wanting(contract: Contract) -> tuple[Rule, ...]:
    """Return the rules of a contract that leave their numbers to its baseline."""
    return tuple(rule for rule in contract.rules if lacks_usual(rule))


def _filled(rule: Rule, usual: Usual | None) -> Rule:
    if usual is None or not lacks_usual(rule):
        return rule
    if asks(rule) != (usual.rule, usual.kind, usual.columns, usual.by, usual.where):
        return rule
    return replace(rule, arguments=tuple(sorted([*rule.arguments, *usual.numbers])))


def _usual(given: dict[str, object]) -> Usual:
    numbers, where, columns = given["numbers"], given["where"], given["columns"]
    if not isinstance(numbers, dict) or not isinstance(columns, list) or not isinstance(where, str | None):
        raise TypeError(type(numbers))
    arguments = tuple(sorted((str(name), _argument(value)) for name, value in numbers.items()))
    return Usual(
        rule=str(given["rule"]),
        kind=str(given["kind"]),
        columns=tuple(map(str, columns)),
        by=str(given["by"]),
        where=where,
        values=int(str(given["values"])),
        numbers=arguments,
    )


def _argument(value: object) -> Argument:
    if isinstance(value, list):
        return tuple(_argument(one) for one in value)  # type: ignore[misc]
    if not isinstance(value, str | int | float):
        raise TypeError(type(value))
    return value
