"""The schema of one table: its columns, its key and all rules that stand in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.contracts.odcs.columns import column_name, read_columns
from tidegate.contracts.odcs.implied import key_rule, primary_key, property_rules
from tidegate.contracts.odcs.quality import QualityReader
from tidegate.contracts.odcs.relationships import RelationshipReader
from tidegate.contracts.types import parse_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from open_data_contract_standard.model import SchemaObject

    from tidegate.contracts.problems import Problems
    from tidegate.model.contracts import Rule
    from tidegate.storage.yaml_documents import Path


class SchemaReader:
    """Reads the schema of one table.

    Attributes:
        columns: The columns, by the position of their property; a property that cannot be a column is not among them.
        key: The columns of the primary key, in order.
    """

    def __init__(self, item: SchemaObject, path: Path, problems: Problems) -> None:
        """Read the columns; `path` is the place of the schema, `problems` takes what is wrong."""
        self._item, self._path, self._problems = item, path, problems
        self._properties = item.properties or []
        place = (*path, "properties")
        self.columns = read_columns(self._properties, place, problems)
        self.key = primary_key(self._properties, place, problems)
        self._types = {column.name: parse_type(column.type) for column in self.columns.values()}

    def rules(self, layer: str) -> list[Rule]:
        """Return all rules: a rule that the document gives stands in place of the one that its schema implies.

        Args:
            layer: Layer of the table.
        """
        stated = [*self._stated(layer)]
        replaced = {(rule.kind, rule.columns) for rule in stated if rule.where is None and not _is_aside(rule)}
        implied = [rule for rule in self._implied() if (rule.kind, rule.columns) not in replaced]
        return [*implied, *stated]

    def _implied(self) -> Iterator[Rule]:
        place = (*self._path, "properties")
        yield from key_rule(self.key, self._properties, place, self._problems)
        for position, column in self.columns.items():
            item = self._properties[position]
            for rule in property_rules(item, self._types[column.name], (*place, position), self._problems):
                if not (rule.kind == "unique" and rule.columns == self.key):
                    yield rule

    def _stated(self, layer: str) -> Iterator[Rule]:
        names = {item.name or "": column_name(item) for item in self._properties}
        relationships = RelationshipReader(layer, names, self._problems)
        quality = QualityReader(self._types, self._problems)
        for position, column in self.columns.items():
            item, place = self._properties[position], (*self._path, "properties", position)
            yield from relationships.of_property(item, place)
            yield from quality.read(item.quality or (), (*place, "quality"), column.name)
        yield from relationships.of_table(self._item, self._path)
        yield from quality.read(self._item.quality or (), (*self._path, "quality"), None)


def _is_aside(rule: Rule) -> bool:
    """Return whether a rule comes from a suite that asks for less than the schema, and so stands beside its rule."""
    is_strict = rule.severity in {"error", "fatal"} and rule.max_failed is None and rule.max_failed_share is None
    return rule.expectation is not None and not is_strict
