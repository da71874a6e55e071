"""Contracts as files of a dbt project: sources for what jobs publish, enforced contracts and tests for its models."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, TypeAlias

import yaml

from tidegate.contracts.dbt_models import model_name, model_texts, sources_in
from tidegate.contracts.outputs.artefacts import NOTE
from tidegate.contracts.rules.arguments import age_in_hours
from tidegate.contracts.rules.checking import column_types
from tidegate.contracts.rules.concern import where_sql
from tidegate.contracts.rules.kinds import KINDS
from tidegate.contracts.sql.conditions import condition
from tidegate.contracts.types import is_simple, quoted
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Column, Contract, Rule

Entry: TypeAlias = "str | int | bool | list[Entry] | dict[str, Entry]"

_JINJA = re.compile(r"\{[{%#]")
_NO_WORD = re.compile(r"[^A-Za-z0-9_]+")


def project_models(project: str) -> tuple[frozenset[str], frozenset[TableName]]:
    """Return the names of a dbt project's models, and the tables that they read as `source('layer', 'name')`.

    Args:
        project: The folder of `dbt_project.yml`.

    Raises:
        JobDefinitionError: A source is not the name of a table.
        StorageError: A folder or file cannot be read.
    """
    texts = model_texts(project)
    sources = {TableName(*names) for text in texts.values() for names in sources_in(text)}
    return frozenset(map(model_name, texts)), frozenset(sources)


def dbt_sources(contracts: Sequence[Contract]) -> str:
    """Return the YAML of dbt's `sources:` for tables with contracts; their order makes no difference.

    One source per layer, named like it. Columns get no tests: what a model reads was held to its contract before it was
    published. A rule about freshness becomes dbt's own.
    """
    layers: dict[str, list[Contract]] = {}
    for contract in sorted(contracts, key=lambda contract: contract.table):
        layers.setdefault(contract.table.layer, []).append(contract)
    sources: list[Entry] = [
        {
            "name": layer,
            "description": "Tables that passed their contracts.",
            "schema": layer,
            "tables": [_table(contract) for contract in members],
        }
        for layer, members in layers.items()
    ]
    return _document({"sources": sources})


def dbt_models(contracts: Sequence[Contract], known: Collection[TableName]) -> str:
    """Return the YAML of dbt's `models:` for models with contracts; their order makes no difference.

    The contract is enforced, so names and types of columns are. Rules become few tests, each of which checks much, as
    each is a query: `is_key` for keys and unique columns, `is_complete` for all columns that are required alike,
    `is_always` per rule about single rows (`tidegate init` brings these three), and dbt's `relationships`. Rules of
    severity info or warn give tests that only warn. What dbt has no test for is told in the model's `meta`.

    Args:
        contracts: The contracts; each is of the model that has the name of its dataset.
        known: The tables that the project knows: its sources, and its models as tables of their layer.
    """
    ordered = sorted(contracts, key=lambda contract: contract.table)
    models: list[Entry] = [_model(contract, known) for contract in ordered]
    return _document({"models": models})


class _Dumper(yaml.SafeDumper):
    """Writes equal parts out each time, without aliases."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        """Return that no part is written as an alias."""
        return True


def _document(parts: dict[str, Entry]) -> str:
    document = {"version": 2, **parts}
    return f"# {NOTE}\n" + yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def _table(contract: Contract) -> Entry:
    fresh = next((rule for rule in contract.rules if rule.kind == "freshness"), None)
    return {
        "name": contract.table.dataset,
        **_described(contract.description),
        **({"config": _freshness(fresh)} if fresh else {}),
        "columns": [_column(column) for column in contract.columns],
    }


def _freshness(rule: Rule) -> dict[str, Entry]:
    age = age_in_hours(rule)
    limit: Entry = {"count": max(1, round(age * 60)), "period": "minute"}
    if age == int(age):
        limit = {"count": int(age), "period": "hour"}
    return {"loaded_at_field": _sql_name(rule.columns[0]), "freshness": {f"{_severity(rule)}_after": limit}}


def _model(contract: Contract, known: Collection[TableName]) -> Entry:
    untold = [rule.id for rule in contract.rules if not _is_testable(rule, known)]
    keys = [rule for rule in contract.rules if rule.kind == "foreign_key" and _is_testable(rule, known)]
    tests = {
        rule.columns[0]: [_relationship(contract, key) for key in keys if key.columns == rule.columns] for rule in keys
    }
    return {
        "name": contract.table.dataset,
        **_described(" ".join(filter(None, [contract.description, contract.details.usage]))),
        "config": {
            "contract": {"enforced": True},
            "meta": {
                "contract_version": _plain(contract.version),
                **({"owner": _plain(contract.owner)} if contract.owner else {}),
                **({"rules_without_a_test": [_plain(name) for name in untold]} if untold else {}),
            },
        },
        "data_tests": [*_model_tests(contract)],
        "columns": [_column(column, tests.get(column.name)) for column in contract.columns],
    }


def _column(column: Column, tests: list[Entry] | None = None) -> Entry:
    return {
        "name": column.name,
        **({} if is_simple(column.name) else {"quote": True}),
        **_described(column.description),
        "data_type": column.type,
        **({"data_tests": tests} if tests else {}),
    }


def _described(text: str) -> dict[str, Entry]:
    return {"description": _plain(text)} if text else {}


def _is_testable(rule: Rule, known: Collection[TableName]) -> bool:
    if rule.kind == "foreign_key":
        return len(rule.columns) == 1 and rule.reference.table in known
    return KINDS[rule.kind].fails is not None and rule.kind not in {"custom", "readable"}


def _model_tests(contract: Contract) -> Iterator[Entry]:
    types = column_types(contract)
    for rule in contract.rules:
        if rule.kind in {"primary_key", "unique"}:
            asked = [*(f"{quoted(name)} is not null" for name in rule.columns), *_where(rule, types)]
            where: dict[str, Entry] = {"where": _plain(" and ".join(asked))}
            arguments: dict[str, Entry] = {"columns": [_sql_name(name) for name in rule.columns]}
            yield _test("is_key", contract, rule, arguments, config=where if rule.kind == "unique" else {})
    keys = {
        name for rule in contract.rules if rule.kind == "primary_key" for name in rule.columns
    }  # is_key lets no null
    for severity in ("error", "warn"):
        required = [rule for rule in contract.rules if _is_not_null(rule) and rule.columns[0] not in keys]
        alike = [rule for rule in required if _severity(rule) == severity]
        if alike:
            name = f"{contract.table.dataset}_is_complete" + ("" if severity == "error" else f"_{severity}")
            columns: Entry = [_sql_name(rule.columns[0]) for rule in alike]
            config: dict[str, Entry] = {} if severity == "error" else {"config": {"severity": severity}}
            described = {"description": "Columns that are required have values."}
            yield {"is_complete": {"name": name, **described, "arguments": {"columns": columns}, **config}}
    for rule in contract.rules:
        holds = condition(rule, types) if not _is_not_null(rule) else None
        if holds:
            yield _test("is_always", contract, rule, {"condition": _plain(f"coalesce({holds}, true)")})


def _is_not_null(rule: Rule) -> bool:
    return rule.kind == "not_null" and rule.where is None


def _where(rule: Rule, types: Mapping[str, SparkType]) -> list[str]:
    return [found] if (found := where_sql(rule, types)) else []


def _relationship(contract: Contract, rule: Rule) -> Entry:
    table, references = rule.reference.table, rule.reference.references
    is_model = table.layer == contract.table.layer
    to = f"ref('{table.dataset}')" if is_model else f"source('{table.layer}', '{table.dataset}')"
    field = references[0] if references else rule.columns[0]
    asked = _where(rule, column_types(contract))
    where: dict[str, Entry] = {"where": _plain(asked[0])} if asked else {}
    return _test("relationships", contract, rule, {"to": to, "field": _sql_name(field)}, config=where)


def _test(
    name: str, contract: Contract, rule: Rule, arguments: dict[str, Entry], *, config: dict[str, Entry] | None = None
) -> Entry:
    config = {**(config or {}), **({"severity": "warn"} if _severity(rule) == "warn" else {})}
    return {
        name: {
            "name": _test_name(contract, rule),
            **_described(rule.description),
            "arguments": arguments,
            **({"config": config} if config else {}),
        }
    }


def _test_name(contract: Contract, rule: Rule) -> str:
    """Return a name that is unique in the project, and that a file can have, too."""
    plain = _NO_WORD.sub("_", rule.id)
    number = "" if plain == rule.id else f"_{hashlib.sha256(rule.id.encode()).hexdigest()[:6]}"
    return f"{contract.table.dataset}_{plain}{number}"


def _severity(rule: Rule) -> str:
    return "warn" if rule.severity in {"info", "warn"} else "error"


def _sql_name(name: str) -> str:
    return name if is_simple(name) else _plain(quoted(name))


def _plain(text: str) -> str:
    """Return a text that dbt's templates give back as it is."""
    return _JINJA.sub(lambda found: f"{{{{ '{found[0]}' }}}}", text)
