"""A contract as a suite of Great Expectations (JSON, as its version 1 reads it); the package itself is not needed."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, TypeAlias

from tidegate.contracts.outputs.artefacts import NOTE
from tidegate.contracts.rules.checking import column_types
from tidegate.contracts.rules.patterns import EMAIL, UUID
from tidegate.contracts.sql.conditions import condition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Contract, Rule

    Types = Mapping[str, SparkType]

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"
Expectation: TypeAlias = "tuple[str, dict[str, Json]]"

_SEVERITIES = {"info": "info", "warn": "warning", "error": "critical", "fatal": "critical"}
_NAMESPACE = uuid.UUID("7b9c3a64-58a8-5d3f-9a0e-6a1d3b1f6f10")
_NUMBERS = frozenset({"tinyint", "smallint", "int", "bigint"})


def suite(contract: Contract) -> str:
    """Return the suite of a contract: one expectation per rule, of GX's own kind where one means the same.

    All other rules about single rows are `unexpected_rows_expectation`s with the rule's condition as SQL, in which a
    null passes as it does in the gate. Each expectation's `meta` has the id of its rule, the severity of the contract,
    and `maxFailed` where there is one; `mostly` follows from `maxFailedShare`. Rules that GX has no word for are listed
    in the suite's `meta`. The ids depend on nothing but the names of table and rules.
    """
    told = {rule.id: rule_entries(contract, rule) for rule in contract.rules}
    made: list[Json] = [columns_entry(contract), *(entry for entries in told.values() for entry in entries)]
    untold: list[Json] = [name for name, entries in told.items() if not entries]
    document: dict[str, Json] = {
        "name": str(contract.table),
        "id": _id(contract, "suite"),
        "expectations": made,
        "meta": {
            "generated": NOTE,
            "contract_version": contract.version,
            **({"rules_not_in_the_suite": untold} if untold else {}),
        },
        "notes": contract.description or None,
    }
    # The note comes first, so that a file that is left over is known by its beginning.
    return json.dumps({"meta": document.pop("meta"), **document}, ensure_ascii=False, indent=2) + "\n"


def columns_entry(contract: Contract) -> dict[str, Json]:
    """Return the expectation that a table has the contract's columns."""
    names: list[Json] = [*contract.column_names]
    return _entry(contract, "expect_table_columns_to_match_set", {"column_set": names, "exact_match": False})


def rule_entries(contract: Contract, rule: Rule) -> list[dict[str, Json]]:
    """Return the expectations that a rule means, as a suite has them; a rule that came from a suite means its own."""
    if rule.expectation:
        return [_entry(contract, rule.expectation.type, json.loads(rule.expectation.kwargs), rule)]
    return [_entry(contract, *found, rule) for found in _expectations(rule, column_types(contract))]


def _entry(contract: Contract, name: str, arguments: dict[str, Json], rule: Rule | None = None) -> dict[str, Json]:
    told: dict[str, Json] = {"rule": rule.id, "severity": rule.severity} if rule else {}
    if rule and rule.max_failed is not None:
        told["max_failed"] = rule.max_failed
    origin = rule.expectation if rule else None
    if rule and rule.max_failed_share is not None and "column" in arguments and origin is None:
        arguments = {**arguments, "mostly": 1 - rule.max_failed_share}
    return {
        "type": name,
        "kwargs": arguments,
        "id": (origin and origin.id) or _id(contract, name, rule.id if rule else ""),
        "severity": origin.severity if origin else _SEVERITIES[rule.severity if rule else "error"],
        **({"description": rule.description} if rule and rule.description else {}),
        "meta": told,
    }


def _id(contract: Contract, *parts: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, json.dumps([str(contract.table), *parts])))


def _expectations(rule: Rule, types: Types) -> Iterator[Expectation]:
    if rule.scope == "window":
        return  # Great Expectations has no word for each event day by itself
    write = _KINDS.get(rule.kind)
    if write is not None and rule.where is None and not _has_other_meaning(rule, types):
        yield from write(rule)
    elif holds := condition(rule, types):
        escaped = holds.replace("{", "{{").replace("}", "}}")
        query = f"SELECT * FROM {{batch}} WHERE NOT coalesce({escaped}, true)"  # noqa: S608 - the condition was parsed
        yield "unexpected_rows_expectation", {"unexpected_rows_query": query}


def _has_other_meaning(rule: Rule, types: Types) -> bool:
    """Return whether GX compares the values of a rule otherwise: NaN passes there, and what is no number is a text."""
    if rule.kind in {"between", "maximum", "mean", "minimum", "standard_deviation", "sum"}:
        return types[rule.columns[0]].name not in _NUMBERS
    if rule.kind in {"accepted_values", "distinct_count", "forbidden_values", "not_missing"}:
        return types[rule.columns[0]].name not in _NUMBERS | {"string", "boolean"}
    return False


def _not_null(rule: Rule) -> Iterator[Expectation]:
    yield "expect_column_values_to_not_be_null", {"column": rule.columns[0]}


def _key(rule: Rule) -> Iterator[Expectation]:
    if len(rule.columns) == 1:
        yield "expect_column_values_to_be_unique", {"column": rule.columns[0]}
    else:
        listed: dict[str, Json] = {"column_list": [*rule.columns], "ignore_row_if": "any_value_is_missing"}
        yield "expect_compound_columns_to_be_unique", listed


def _bounds(rule: Rule) -> dict[str, Json]:
    given: dict[str, Json] = {f"{end}_value": rule.scalar(end) for end in ("min", "max")}
    return {name: value for name, value in given.items() if value is not None}


def _between(rule: Rule) -> Iterator[Expectation]:
    strict: dict[str, Json] = {f"strict_{end}": True for end in ("min", "max") if rule.argument(f"exclusive_{end}")}
    yield "expect_column_values_to_be_between", {"column": rule.columns[0], **_bounds(rule), **strict}


def _length(rule: Rule) -> Iterator[Expectation]:
    yield "expect_column_value_lengths_to_be_between", {"column": rule.columns[0], **_bounds(rule)}


def _accepted(rule: Rule) -> Iterator[Expectation]:
    yield "expect_column_values_to_be_in_set", {"column": rule.columns[0], "value_set": [*rule.listed("values")]}


def _not_missing(rule: Rule) -> Iterator[Expectation]:
    named: list[Json] = [value for value in rule.listed("values") if value is not None]
    if named:
        yield "expect_column_values_to_not_be_in_set", {"column": rule.columns[0], "value_set": named}
    if None in rule.listed("values"):
        yield from _not_null(rule)


def _forbidden(rule: Rule) -> Iterator[Expectation]:
    yield "expect_column_values_to_not_be_in_set", {"column": rule.columns[0], "value_set": [*rule.listed("values")]}


def _pattern(rule: Rule) -> Iterator[Expectation]:
    regex = {"email": EMAIL, "uuid": UUID}.get(rule.kind) or str(rule.argument("pattern"))
    yield "expect_column_values_to_match_regex", {"column": rule.columns[0], "regex": regex}


def _aggregate(rule: Rule) -> Iterator[Expectation]:
    name = {"maximum": "max", "minimum": "min", "standard_deviation": "stdev", "distinct_count": "unique_value_count"}
    strict: dict[str, Json] = {f"strict_{end}": True for end in ("min", "max") if rule.argument(f"exclusive_{end}")}
    given: dict[str, Json] = {"column": rule.columns[0], **_bounds(rule), **strict}
    yield f"expect_column_{name.get(rule.kind, rule.kind)}_to_be_between", given


def _row_count(rule: Rule) -> Iterator[Expectation]:
    yield "expect_table_row_count_to_be_between", _bounds(rule)


_KINDS: Mapping[str, Callable[[Rule], Iterator[Expectation]]] = {
    "accepted_values": _accepted,
    "between": _between,
    "email": _pattern,
    "forbidden_values": _forbidden,
    "distinct_count": _aggregate,
    "length": _length,
    "maximum": _aggregate,
    "mean": _aggregate,
    "minimum": _aggregate,
    "not_missing": _not_missing,
    "not_null": _not_null,
    "pattern": _pattern,
    "primary_key": _key,
    "row_count": _row_count,
    "standard_deviation": _aggregate,
    "sum": _aggregate,
    "unique": _key,
    "uuid": _pattern,
}
