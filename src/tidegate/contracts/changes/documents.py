"""Two documents of one table, read and compared, with the version that the changes call for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.contracts.changes.change import Change
from tidegate.contracts.changes.comparing import contract_changes
from tidegate.contracts.changes.versions import is_enough, step_for, version_after
from tidegate.contracts.documents import read_contract
from tidegate.errors import ContractError
from tidegate.storage.yaml_documents import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from tidegate.contracts.changes.versions import Step
    from tidegate.model.contracts import Contract
    from tidegate.model.names import TableName
    from tidegate.storage.yaml_documents import YamlValue


@dataclass(frozen=True)
class Document:
    """A document as it was read.

    Attributes:
        location: Where it comes from, for messages.
        data: What it holds: YAML, UTF-8.
    """

    location: str
    data: bytes


@dataclass(frozen=True)
class Comparison:
    """What lies between two versions of a contract.

    Attributes:
        old: The contract as it was.
        new: The contract as it is.
        changes: What changed, what breaks first.
    """

    old: Contract
    new: Contract
    changes: tuple[Change, ...]

    @property
    def is_breaking(self) -> bool:
        """Whether somebody who reads or writes the table has to change something."""
        return self.step == "major"

    @property
    def step(self) -> Step:
        """The part of the version that has to grow."""
        return step_for(self.changes)

    @property
    def needed(self) -> str | None:
        """The lowest version that the changes call for; None where the old one is no semantic version."""
        return version_after(self.old.version, self.step)

    @property
    def is_version_enough(self) -> bool | None:
        """Whether the new version goes that far; None where one of both is no semantic version."""
        return is_enough(self.new.version, self.needed)


def compare_documents(old: Document, new: Document, table: TableName) -> Comparison:
    """Return what changed between two documents of a table.

    Raises:
        ContractError: One of them cannot be read, or they are about different tables.
    """
    before, after = (read_contract(document.data, document.location, table) for document in (old, new))
    values = [parse_yaml(document.data, document.location).value for document in (old, new)]
    names = [_table_names(value) for value in values]
    if not names[0] & names[1]:
        first, second = (", ".join(sorted(found)) for found in names)
        raise ContractError(
            f"the contracts are about different tables: {first} and {second}",
            where=f"{old.location} and {new.location}",
            hint="give two versions of one contract; a table that is renamed is a new table",
        )
    changes = contract_changes(before, after)
    if not changes and _written(values[0]) != _written(values[1]):
        text = "entries that no rule and no page comes from, or the way that something is written"
        changes = (Change("wording_changed", "compatible", (), "document", text),)
    return Comparison(before, after, changes)


def _table_names(value: YamlValue) -> AbstractSet[str]:
    schemas = value.get("schema") if isinstance(value, dict) else None
    named = [item for item in (schemas if isinstance(schemas, list) else ()) if isinstance(item, dict)]
    return {str(item[key]) for item in named for key in ("name", "physicalName") if key in item}


def _written(value: YamlValue) -> str:
    """Return a document's content without its version, lists sorted, so that neither layout nor order matter."""
    entries = value.items() if isinstance(value, dict) else ()
    return json.dumps(_sorted({key: part for key, part in entries if key != "version"}), sort_keys=True)


def _sorted(value: YamlValue) -> YamlValue:
    if isinstance(value, list):
        return sorted(map(_sorted, value), key=lambda part: json.dumps(part, sort_keys=True))
    return {key: _sorted(part) for key, part in value.items()} if isinstance(value, dict) else value
