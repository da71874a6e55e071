"""Read a contract from a file of the Open Data Contract Standard."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from tidegate.contracts.baselines import baseline_uri, load_baseline, wanting
from tidegate.contracts.odcs.details import details_of, owner_of
from tidegate.contracts.odcs.drafts import read_floor
from tidegate.contracts.odcs.implied import freshness_rules
from tidegate.contracts.odcs.model import read_model, schema_object
from tidegate.contracts.odcs.schema import SchemaReader
from tidegate.contracts.problems import Problems
from tidegate.contracts.rules.arguments import reference_problems
from tidegate.contracts.rules.checking import contract_problems
from tidegate.errors import ContractError, MissingFileError
from tidegate.model.contracts import Contract
from tidegate.model.names import TableName
from tidegate.storage import read_bytes
from tidegate.storage.yaml_documents import parse_yaml

if TYPE_CHECKING:
    from open_data_contract_standard.model import OpenDataContractStandard, SchemaObject

    from tidegate.model.contracts import Rule

SUFFIX = ".odcs.yaml"

_NOT_SNAKE = re.compile(r"[^a-z0-9]+")


def load_contract(uri: str, *, table: TableName | None = None) -> Contract:
    """Return the contract that a file holds, with the baseline that lies beside it.

    Args:
        uri: The file: `contracts/<layer>/<dataset>.odcs.yaml`, local or in an object store.
        table: The table that it is about; None takes layer and dataset from the file's path.

    Raises:
        ContractError: It cannot be read or enforced; the message lists all problems with file and line.
        StorageError: The store does not answer.
    """
    try:
        data = read_bytes(uri)
    except MissingFileError as error:
        hint = f"write contracts/<layer>/<dataset>{SUFFIX}; docs/guides/contracts.md shows how"
        raise ContractError("there is no contract", where=uri, hint=hint) from error
    contract = read_contract(data, uri, table or table_of_path(uri))
    is_asked = bool(wanting(contract))
    return replace(contract, baseline=load_baseline(baseline_uri(uri))) if is_asked else contract


def read_contract(data: bytes, location: str, table: TableName) -> Contract:
    """Return the contract that a document holds.

    Args:
        data: The document: YAML, UTF-8.
        location: Where it comes from, for messages.
        table: The table that it is about.

    Raises:
        ContractError: It cannot be read or enforced; the message lists all problems with file and line.
    """
    document = parse_yaml(data, location)
    problems = Problems(document)
    model = read_model(document.value, problems)
    found = schema_object(model, table.dataset, problems)
    if found is not None:
        contract = _contract(model, found, table, problems)
        problems.extend(contract_problems(contract, contract.rules))
    problems.refuse()
    return contract


def _contract(
    model: OpenDataContractStandard, found: tuple[int, SchemaObject], table: TableName, problems: Problems
) -> Contract:
    position, item = found
    schema = SchemaReader(item, ("schema", position), problems)
    columns = tuple(schema.columns.values())
    names = [column.name for column in columns]
    levels = freshness_rules(model.slaProperties or (), names, ("slaProperties",), problems)
    rules = (*schema.rules(table.layer), *levels)
    purpose = model.description.purpose if model.description else None
    return Contract(
        table=table,
        version=model.version or "",
        columns=columns,
        rules=rules,
        primary_key=schema.key,
        foreign_keys=tuple(rule.reference for rule in rules if _is_reference(rule)),
        location=problems.location,
        description=(item.description or purpose or "").strip(),
        owner=owner_of(model),
        details=details_of(model, item),
        min_score=read_floor(item.customProperties, ("schema", position, "customProperties"), problems),
    )


def _is_reference(rule: Rule) -> bool:
    return rule.kind == "foreign_key" and not [*reference_problems(rule, {})]


def table_of_path(uri: str) -> TableName:
    """Return the table that a document is about by its place, `<layer>/<dataset>.odcs.yaml`, as far as it has one."""
    folder, _, file = uri.rstrip("/").rpartition("/")
    name = file.removesuffix(SUFFIX) if file.endswith(SUFFIX) else file.partition(".")[0]
    return TableName(_snake(folder.rpartition("/")[2]) or "contracts", _snake(name) or "table")


def _snake(text: str) -> str:
    snake = _NOT_SNAKE.sub("_", text.lower()).strip("_")
    return snake if not snake or snake[0].isalpha() else f"t_{snake}"
