from __future__ import annotations

import pytest
from tests.contracts.documents import document, read, rules

from tidegate.model.contracts import ForeignKey
from tidegate.model.names import TableName


def test_foreign_keys_are_rules_and_references() -> None:
    contract = read(document("properties: [{name: a, physicalType: int, relationships: [{to: products.id}]}]"))
    assert contract.foreign_keys == (ForeignKey(("a",), TableName("silver", "products"), ("id",)),)
    assert [rule.kind for rule in contract.rules] == ["foreign_key"]


@pytest.mark.parametrize(
    ("at_column", "at_table"),
    [
        ("relationships: [{to: silver.products.id}]", ""),
        ("relationships: [{to: [products.id], type: foreignKey}]", ""),
        ("relationships: [{to: schema/products/properties/id}]", ""),
        ("relationships: [{to: ../silver/products.odcs.yaml#/schema/p/properties/id}]", ""),
        ("customProperties: [{property: owner, value: x}, {property: references, value: silver.products.id}]", ""),
        ("description: x", "relationships: [{from: orders.a, to: products.id}]"),
        ("description: x", "relationships: [{from: [schema/orders/properties/a], to: [products.id]}]"),
    ],
)
def test_a_relationship_can_be_written_in_every_way_of_the_standard(at_column: str, at_table: str) -> None:
    contract = read(document(f"properties: [{{name: a, physicalType: int, {at_column}}}]\n{at_table}"))
    assert contract.foreign_keys == (ForeignKey(("a",), TableName("silver", "products"), ("id",)),)


def test_a_relationship_of_several_columns_says_how_it_is_handled() -> None:
    (found,) = rules(
        """
        properties: [{name: a b, physicalName: a, physicalType: int}, {name: b, physicalType: int}]
        relationships:
        - from: [orders.a b, orders.b]
          to: [products.x, products.y]
          customProperties: [{property: severity, value: warn}]
        """
    ).values()
    assert (found.columns, found.argument("references"), found.severity) == (("a", "b"), ("x", "y"), "warn")
