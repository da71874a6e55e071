from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.contracts.documents import document

from tidegate.contracts.dbt_sources import SOURCES_FILE, dbt_sources, project_sources
from tidegate.contracts.documents import read_contract
from tidegate.errors import ContractError, JobDefinitionError
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from tidegate.model.contracts import Contract

ROOT = Path(__file__).parents[2]


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


def project(folder: Path, model: str) -> Path:
    """Make a project with one model and contracts of `orders` in bronze and silver; return its folder."""
    for layer in ("bronze", "silver"):
        file = folder / f"contracts/{layer}/orders.odcs.yaml"
        file.parent.mkdir(parents=True)
        file.write_text(document("properties: [{name: id, physicalType: int, primaryKey: true}]"))
    (folder / "dbt/models/staging").mkdir(parents=True)
    (folder / "dbt/models/staging/stg_orders.sql").write_text(model)
    return folder


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


def test_a_layer_is_a_schema_of_its_own_unless_one_is_named() -> None:
    found = yaml.safe_load(dbt_sources([RATES, PRODUCTS]))
    assert [(source["name"], source["schema"]) for source in found["sources"]] == [
        ("bronze", "bronze"),
        ("silver", "silver"),
    ]


def test_the_sources_of_the_repository_are_current() -> None:
    written = (ROOT / SOURCES_FILE).read_text()
    assert written == project_sources(str(ROOT)), "write them anew: python -m tidegate.contracts"


@pytest.mark.parametrize("model", ["from {{ source('silver', 'orders') }}", 'from {{source( "silver","orders" )}}'])
def test_the_command_writes_what_the_models_read(tmp_path: Path, model: str) -> None:
    folder = project(tmp_path, model)
    subprocess.run([sys.executable, "-m", "tidegate.contracts", str(folder)], check=True)
    written = (folder / SOURCES_FILE).read_text()
    assert "`python -m tidegate.contracts`" in written.splitlines()[0]
    (source,) = yaml.safe_load(written)["sources"]
    assert (source["name"], source["schema"]) == ("silver", "silver")
    assert source["tables"] == [{"name": "orders", "columns": [{"name": "id", "data_type": "int"}]}]


def test_a_source_without_a_contract_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"silver\.lines has no contract"):
        project_sources(str(project(tmp_path, "select * from {{ source('silver', 'lines') }}")))


def test_a_folder_whose_models_read_no_source_is_left_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(JobDefinitionError, match="no dbt model reads a source"):
        project_sources(str(project(tmp_path / "empty", "select 1")))
    command = [sys.executable, "-m", "tidegate.contracts"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: no dbt model reads a source\n")
    assert not (tmp_path / "dbt").exists()
