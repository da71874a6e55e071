from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.contracts.documents import document

from tidegate.contracts.dbt_sources import dbt_sources
from tidegate.contracts.documents import read_contract
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from tidegate.model.contracts import Contract


def contract(table: str, schema: str) -> Contract:
    name = TableName.parse(table)
    return read_contract(document(schema).encode(), f"{table}.odcs.yaml", name)


PRODUCTS = contract(
    "silver.products", "description: Products.\nproperties: [{name: id, physicalType: int, primaryKey: true}]"
)
LINES = contract(
    "silver.lines",
    """
    properties:
    - {name: order_id, physicalType: int, primaryKey: true}
    - {name: line, physicalType: int, primaryKey: true}
    - name: product_id
      physicalType: int
      description: The product.
      relationships: [{to: products.id, customProperties: [{property: severity, value: warn}]}]
    - {name: shop_id, physicalType: int, relationships: [{to: gold.shops.id}]}
    - name: code
      physicalType: string
      unique: true
      quality: [{metric: nullValues, mustBe: 0, severity: info}]
    """,
)
RATES = contract("bronze.rates", "properties: [{name: day, physicalType: date, required: true}]")


def test_contracts_become_sources() -> None:
    found = yaml.safe_load(dbt_sources([LINES, RATES, PRODUCTS], schema="lake"))
    columns = {column["name"]: column.get("data_tests") for column in found["sources"][1]["tables"][0]["columns"]}
    assert found["version"] == 2
    assert [(source["name"], source["schema"]) for source in found["sources"]] == [
        ("bronze", "lake"),
        ("silver", "lake"),
    ]
    assert columns == {
        "order_id": ["not_null"],
        "line": ["not_null"],
        "product_id": [
            {
                "relationships": {
                    "arguments": {"to": "source('silver', 'products')", "field": "id"},
                    "config": {"severity": "warn"},
                }
            }
        ],
        "shop_id": None,
        "code": [{"not_null": {"config": {"severity": "warn"}}}, "unique"],
    }
    assert found["sources"][1]["tables"][1] == {
        "name": "products",
        "description": "Products.",
        "columns": [{"name": "id", "data_type": "int", "data_tests": ["not_null", "unique"]}],
    }


def test_a_key_of_a_history_is_unique_among_the_current_rows() -> None:
    found = yaml.safe_load(dbt_sources([PRODUCTS], schema="lake", histories=[PRODUCTS.table]))
    tests = found["sources"][0]["tables"][0]["columns"][0]["data_tests"]
    assert tests == ["not_null", {"unique": {"config": {"where": "is_current"}}}]


@given(st.permutations([LINES, RATES, PRODUCTS]))
def test_the_order_of_contracts_makes_no_difference(contracts: list[Contract]) -> None:
    text = dbt_sources(contracts, schema="lake")
    assert text == dbt_sources([PRODUCTS, LINES, RATES], schema="lake")
    assert "&" not in text
