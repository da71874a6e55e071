from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.contracts.documents import document

from tidegate.contracts.documents import read_contract
from tidegate.contracts.outputs.dbt import dbt_models, dbt_sources, project_models
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from tidegate.model.contracts import Contract

PROJECT = Path(__file__).parents[3] / "dbt"


def contract(table: str, schema: str, below: str = "") -> Contract:
    name = TableName.parse(table)
    return read_contract(document(schema, below=below).encode(), f"{table}.odcs.yaml", name)


PRODUCTS = contract(
    "silver.products",
    "description: Products.\nproperties: [{name: id, physicalType: int, primaryKey: true, required: true}]",
)
RATES = contract(
    "bronze.rates",
    "properties: [{name: day, physicalType: date, required: true}]",
    "slaProperties: [{property: freshness, value: 36, unit: h, element: rates.day}]",
)
LINES = contract(
    "gold.lines",
    """
    description: "Lines: {{ order }} and {% product %}."
    properties:
    - {name: order id, physicalType: int, primaryKey: true, required: true, description: "It's an {# odd #} one."}
    - {name: line, physicalType: int, primaryKey: true, required: true}
    - name: product_id
      physicalType: int
      relationships: [{to: silver.products.id, customProperties: [{property: severity, value: warn}]}]
    - {name: shop_id, physicalType: int, required: true, relationships: [{to: shops.id}]}
    - {name: lost_id, physicalType: int, relationships: [{to: silver.lost.id}]}
    - name: code 🌊 `x`
      physicalType: string
      unique: true
      quality:
      - {metric: nullValues, mustBe: 0, severity: info}
      - id: is it 'so'?
        type: custom
        engine: tidegate
        implementation: {rule: accepted_values, values: ["it's", "{{ x }}"]}
    quality: [{metric: rowCount, mustBeGreaterThan: 0}]
    """,
)
SHOPS = contract("gold.shops", "properties: [{name: id, physicalType: int, primaryKey: true}]")
KNOWN = {PRODUCTS.table, SHOPS.table, LINES.table}


def listed_tests(model: dict[str, list[dict[str, dict[str, object]]]]) -> dict[str, tuple[str, object, object]]:
    """Return the tests of a model and of its columns by their names: kind, arguments and config."""
    listed = [*model["data_tests"]]
    for column in model["columns"]:
        listed += column.get("data_tests", [])  # type: ignore[arg-type]
    named = [(kind, details) for test in listed for kind, details in test.items()]
    return {str(details["name"]): (kind, details["arguments"], details.get("config")) for kind, details in named}


def test_contracts_become_sources_without_tests() -> None:
    found = yaml.safe_load(dbt_sources([RATES, PRODUCTS]))
    assert found["version"] == 2
    assert [(source["name"], source["schema"]) for source in found["sources"]] == [
        ("bronze", "bronze"),
        ("silver", "silver"),
    ]
    assert found["sources"][1]["tables"] == [
        {"name": "products", "description": "Products.", "columns": [{"name": "id", "data_type": "int"}]}
    ]


@pytest.mark.parametrize(
    ("age", "severity", "wanted"),
    [
        ("max_age_hours: 36", "warn", {"warn_after": {"count": 36, "period": "hour"}}),
        ("max_age_hours: 1.5", "error", {"error_after": {"count": 90, "period": "minute"}}),
        ("max_age_hours: 0.001", "error", {"error_after": {"count": 1, "period": "minute"}}),
        ("max_age_days: 2", "error", {"error_after": {"count": 48, "period": "hour"}}),
    ],
)
def test_freshness_becomes_that_of_dbt(age: str, severity: str, wanted: object) -> None:
    item = f"{{type: custom, engine: tidegate, severity: {severity}, implementation: {{rule: freshness, {age}}}}}"
    rates = contract("bronze.rates", f"properties: [{{name: day, physicalType: date, quality: [{item}]}}]")
    found = yaml.safe_load(dbt_sources([rates]))
    config = found["sources"][0]["tables"][0]["config"]
    assert config == {"loaded_at_field": "day", "freshness": wanted}


def test_a_model_has_its_contract_enforced_and_a_test_per_rule_that_dbt_can_ask() -> None:
    (model,) = yaml.safe_load(dbt_models([LINES], KNOWN))["models"]
    assert model["config"]["contract"] == {"enforced": True}
    assert model["config"]["meta"]["rules_without_a_test"] == ["lost_id_is_known", "row_count"]
    code = "`code 🌊 ``x```"
    found = listed_tests(model)
    (odd,) = [name for name in found if name.startswith("lines_is_it_so_")]
    assert found.pop(odd) == (
        "is_always",
        {"condition": f"coalesce({code} IN (CAST(X'69742773' AS STRING), '{{{{ '{{{{' }}}} x }}}}'), true)"},
        None,
    )
    unique = next(name for name in found if name.endswith("is_unique") or "is_unique_" in name)
    assert found.pop(unique) == ("is_key", {"columns": [code]}, {"where": f"{code} is not null"})
    key = next(name for name in found if "is_primary_key" in name)
    assert found.pop(key) == ("is_key", {"columns": ["`order id`", "line"]}, None)
    assert found == {
        "lines_is_complete": ("is_complete", {"columns": ["shop_id"]}, None),
        "lines_is_complete_warn": ("is_complete", {"columns": [code]}, {"severity": "warn"}),
        "lines_product_id_is_known": (
            "relationships",
            {"to": "source('silver', 'products')", "field": "id"},
            {"severity": "warn"},
        ),
        "lines_shop_id_is_known": ("relationships", {"to": "ref('shops')", "field": "id"}, None),
    }


@given(st.permutations([LINES, SHOPS]), st.permutations([PRODUCTS, RATES]))
def test_the_order_of_contracts_makes_no_difference(models: list[Contract], sources: list[Contract]) -> None:
    assert dbt_models(models, KNOWN) == dbt_models([LINES, SHOPS], KNOWN)
    assert dbt_sources(sources) == dbt_sources([PRODUCTS, RATES])
    assert "&" not in dbt_models(models, KNOWN)


@pytest.mark.parametrize("model", ["from {{ source('silver', 'orders') }}", 'from {{source( "silver","orders" )}}'])
def test_what_models_read_is_told_by_their_sql(tmp_path: Path, model: str) -> None:
    file = tmp_path / "models/marts/daily.sql"
    file.parent.mkdir(parents=True)
    file.write_text(model)
    assert project_models(str(tmp_path)) == (frozenset(["daily"]), frozenset([TableName("silver", "orders")]))
    assert project_models(str(tmp_path / "none")) == (frozenset(), frozenset())


@pytest.mark.integration
@pytest.mark.slow
def test_dbt_reads_every_name_and_text_as_the_contract_says_it(tmp_path: Path) -> None:
    project = tmp_path / "dbt"
    shutil.copytree(PROJECT / "tests/generic", project / "tests/generic")
    for file in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT / file, project / file)
    (project / "models/marts").mkdir(parents=True)
    (project / "models/staging").mkdir()
    (project / "models/staging/stg.sql").write_text("select 1 as a")
    for name in ("lines", "shops"):
        (project / f"models/marts/{name}.sql").write_text("select * from {{ source('silver', 'products') }}")
    (project / "models/marts/_models.yml").write_text(dbt_models([LINES, SHOPS], KNOWN))
    (project / "models/marts/_sources.yml").write_text(dbt_sources([PRODUCTS, RATES]))
    dbt = Path(sys.executable).parent / "dbt"
    places = (
        f"--project-dir {project} --profiles-dir {project} --target-path {tmp_path / 'target'} --log-path {tmp_path}"
    )
    command = [str(dbt), "parse", "--warn-error", *places.split(), "--vars", "gold_location: x"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    nodes = json.loads((tmp_path / "target/manifest.json").read_text())["nodes"]
    lines = nodes["model.retail.lines"]
    assert lines["description"] == LINES.description
    assert [(name, column["data_type"]) for name, column in lines["columns"].items()] == [
        (column.name, column.type) for column in LINES.columns
    ]
    assert lines["columns"]["order id"]["description"] == LINES.columns[0].description
    assert lines["contract"]["enforced"]
    conditions = [
        node["test_metadata"]["kwargs"].get("condition") for node in nodes.values() if "test_metadata" in node
    ]
    assert len([*filter(None, conditions)]) == 1
