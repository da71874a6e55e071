"""Rows to test with as JSON documents, one per table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tidegate.contracts.outputs.artefacts import NOTE
from tidegate.contracts.rules.checking import column_types
from tidegate.contracts.samples.rows import Samples, make_samples
from tidegate.contracts.samples.values import as_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tidegate.contracts.book import ContractBook
    from tidegate.contracts.samples.comparing import Value
    from tidegate.contracts.types import SparkType
    from tidegate.model.contracts import Contract
    from tidegate.model.names import TableName


class SampleBook:
    """Makes rows per table; those of tables that a foreign key refers to come first, so that it leads somewhere."""

    def __init__(self, contracts: ContractBook, seed: int = 0) -> None:
        """Make rows of these contracts when they are asked for."""
        self._contracts, self._seed = contracts, seed
        self._made: dict[TableName, Samples | None] = {}

    def get(self, table: TableName) -> Samples:
        """Return the rows of a table; in a circle of foreign keys the last one has nothing to refer to.

        Raises:
            ContractError: A contract is missing or cannot be read.
        """
        found = self._made.get(table)
        if found is None:
            self._made[table] = None
            contract = self._contracts.get(table)
            others = {
                key.table for key in contract.foreign_keys if key.table not in self._made or self._made[key.table]
            }
            references = {other: self.get(other).valid for other in sorted(others) if self._contracts.find(other)}
            found = self._made[table] = make_samples(contract, references, seed=self._seed)
        return found


def sample_document(contract: Contract, samples: Samples) -> str:
    """Return rows of a contract as JSON: each row on a line, from which Spark reads it, given the contract's schema.

    `valid` are rows that pass; `breaking` rows, each with the `rule` that it fails and with all that it `fails`;
    `not_broken` says per rule why there is no row; `untold` names rules that are not understood here, which any row
    may fail.
    """
    types = column_types(contract)
    broken = [
        f'{{"rule": {_text(row.rule)}, "fails": {_text([*row.fails])}, "row": {_row(row.row, types)}}}'
        for row in samples.breaking
    ]
    head = {"generated": NOTE, "table": str(contract.table), "contract_version": contract.version}
    parts = [f'"{name}": {_text(value)}' for name, value in head.items()]
    parts += [f'"valid": {_lines(_row(row, types) for row in samples.valid)}', f'"breaking": {_lines(broken)}']
    reasons = [f"{_text(name)}: {_text(reason)}" for name, reason in samples.not_broken.items()]
    parts.append('"not_broken": ' + _lines(reasons, "{}"))
    parts.append(f'"untold": {_text([*samples.untold])}')
    return "{\n  " + ",\n  ".join(parts) + "\n}\n"


def _row(row: Mapping[str, Value], types: Mapping[str, SparkType]) -> str:
    return _text({name: as_json(value, types[name]) for name, value in row.items()})


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _lines(items: Iterable[str], around: str = "[]") -> str:
    listed = ",\n    ".join(items)
    return f"{around[0]}\n    {listed}\n  {around[1]}" if listed else around
