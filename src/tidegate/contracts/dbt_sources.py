"""Contracts as sources of a dbt project, so that models and tests refer to what jobs publish."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import yaml

from tidegate.contracts.book import load_contracts
from tidegate.errors import JobDefinitionError
from tidegate.model.names import TableName
from tidegate.storage import join, list_files, read_bytes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from tidegate.model.contracts import Column, Contract, Rule

Entry: TypeAlias = "str | list[Entry] | dict[str, Entry]"

SOURCES_FILE = "dbt/models/staging/_sources.yml"

_HEAD = "# Generated from the contracts by `python -m tidegate.contracts`; change those instead.\n"
_SOURCE = re.compile(r"""\bsource\(\s*['"](\w+)['"]\s*,\s*['"](\w+)['"]\s*\)""")


def project_sources(project: str) -> str:
    """Return the YAML of the sources of a project's dbt models: the tables that they name as `source('layer', 'name')`.

    Columns get no tests: what a dbt job reads was held to its contract before it was published.

    Args:
        project: The folder that holds the project's `contracts` and `dbt`.

    Raises:
        ContractError: A table has no contract, or one that cannot be read.
        JobDefinitionError: No model names a source.
        StorageError: A folder or file cannot be read.
    """
    models = join(project, "dbt/models")
    texts = [read_bytes(file.uri).decode() for file in list_files(models, suffix=".sql")]
    tables = {TableName(layer, dataset) for text in texts for layer, dataset in _SOURCE.findall(text)}
    if not tables:
        raise JobDefinitionError(
            "no dbt model reads a source",
            where=models,
            hint="name the folder that holds contracts and dbt: python -m tidegate.contracts FOLDER",
        )
    book = load_contracts(join(project, "contracts"))
    return dbt_sources([replace(book.get(table), rules=(), foreign_keys=()) for table in sorted(tables)])


def dbt_sources(
    contracts: Sequence[Contract], *, schema: str | None = None, histories: Collection[TableName] = ()
) -> str:
    """Return the YAML of dbt's `sources:` for tables with contracts; their order makes no difference.

    One source per layer, named like it. Columns get the tests `not_null`, `unique` and `relationships` that their rules
    mean; dbt has none of its own for keys of several columns. Rules of severity info or warn give tests that only warn.

    Args:
        contracts: The contracts.
        schema: The schema (database) that holds the tables; None where each layer has one of its own name.
        histories: Tables that keep several versions of a row; there a key is unique among the current ones alone.
    """
    layers: dict[str, list[Contract]] = {}
    for contract in sorted(contracts, key=lambda contract: contract.table):
        layers.setdefault(contract.table.layer, []).append(contract)
    tables = {contract.table for contract in contracts}
    sources: list[Entry] = [
        {
            "name": layer,
            "description": "Tables that passed their contracts.",
            "schema": schema or layer,
            "tables": [_table(contract, tables, is_history=contract.table in histories) for contract in members],
        }
        for layer, members in layers.items()
    ]
    document: dict[str, Entry] = {"sources": sources}
    return _HEAD + yaml.dump({"version": 2, **document}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


class _Dumper(yaml.SafeDumper):
    """Writes equal parts out each time, without aliases."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's signature
        """Return that no part is written as an alias."""
        return True


def _table(contract: Contract, tables: Collection[TableName], *, is_history: bool) -> Entry:
    columns: list[Entry] = [
        _column(column, [*_tests(column.name, contract, tables, is_history=is_history)]) for column in contract.columns
    ]
    described: dict[str, Entry] = {"description": contract.description} if contract.description else {}
    return {"name": contract.table.dataset, **described, "columns": columns}


def _column(column: Column, tests: list[Entry]) -> Entry:
    described: dict[str, Entry] = {"description": column.description} if column.description else {}
    tested: dict[str, Entry] = {"data_tests": tests} if tests else {}
    return {"name": column.name, **described, "data_type": column.type, **tested}


def _tests(column: str, contract: Contract, tables: Collection[TableName], *, is_history: bool) -> Iterator[Entry]:
    rules: Mapping[str, Sequence[Rule]] = {
        kind: [rule for rule in contract.rules if rule.kind == kind and column in rule.columns]
        for kind in ("not_null", "primary_key", "unique", "foreign_key")
    }
    required = [*rules["primary_key"], *rules["not_null"]][:1]
    yield from (_test("not_null", rule) for rule in required)
    unique = [rule for rule in (*rules["primary_key"], *rules["unique"]) if rule.columns == (column,)][:1]
    yield from (_test("unique", rule, where="is_current" if is_history else None) for rule in unique)
    for key in contract.foreign_keys:
        if key.columns == (column,) and key.table in tables:
            rule = next(rule for rule in rules["foreign_key"] if rule.columns == key.columns)
            target = f"source('{key.table.layer}', '{key.table.dataset}')"
            yield _test("relationships", rule, {"to": target, "field": key.references[0]})


def _test(name: str, rule: Rule, arguments: dict[str, Entry] | None = None, *, where: str | None = None) -> Entry:
    config: dict[str, Entry] = {}
    if rule.severity in {"info", "warn"}:
        config["severity"] = "warn"
    if where:
        config["where"] = where
    details: dict[str, Entry] = {
        **({"arguments": arguments} if arguments else {}),
        **({"config": config} if config else {}),
    }
    return {name: details} if details else name
