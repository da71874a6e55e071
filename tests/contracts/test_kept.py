"""Whatever a document says beside its rules is kept, and told with its place and with what becomes of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from click.testing import CliRunner
from tests.contracts.documents import LINES_ABOVE, document

from tidegate.cli.commands import tidegate
from tidegate.contracts.kept import DESCRIBED, IGNORED, kept_entries

ROOT = Path(__file__).parents[2]
FULL = document(
    """
    description: Orders.
    dataGranularityDescription: One row per order.
    customProperties: [{property: business-key, value: id}, {property: minScore, value: 0.9}]
    properties:
    - name: id
      physicalType: date
      required: true
      examples: [1]
      encryptedName: id_hidden
      customProperties: [{property: references, value: shops.id}, {property: masking, value: none}]
    - name: tree
      logicalType: object
      properties: [{name: leaf, physicalType: string, criticalDataElement: true}]
    - {name: list, logicalType: array, items: {physicalType: int, transformLogic: none}}
    - name: map
      logicalType: map
      map: {key: {physicalType: string}, value: {physicalType: int, examples: [1]}}
    - {name: named, physicalType: "map<string,int>", map: {key: null, value: {physicalType: int}}}
    quality:
    - {type: text, description: Looks right.}
    - {type: custom, engine: soda, implementation: "checks: none"}
    - {type: library, metric: rowCount, mustBeGreaterThan: 0}
    """,
    below="""
    - {name: others, properties: [{name: a, physicalType: int}]}
    description: {purpose: All orders., authoritativeDefinitions: [{url: "https://example.com", type: x}]}
    price: {priceAmount: 9}
    support: [{channel: help}]
    slaProperties:
    - {property: latency, value: 4, unit: h}
    - {property: freshness, value: 4, unit: h, element: orders.id}
    servers: [{server: lake, type: s3}]
    """,
)


def test_every_entry_that_no_rule_comes_from_is_told_with_its_line() -> None:
    found = kept_entries(FULL.encode(), "x", "orders")
    assert {entry.path: entry.use for entry in found} == {
        "id": IGNORED,
        "version": DESCRIBED,
        "status": DESCRIBED,
        "schema[0].description": DESCRIBED,
        "schema[0].dataGranularityDescription": IGNORED,
        "schema[0].customProperties[0]": IGNORED,
        "schema[0].properties[0].examples": IGNORED,
        "schema[0].properties[0].encryptedName": IGNORED,
        "schema[0].properties[0].customProperties[1]": IGNORED,
        "schema[0].properties[1].properties[0].criticalDataElement": IGNORED,
        "schema[0].properties[2].items.transformLogic": IGNORED,
        "schema[0].properties[3].map.value.examples": IGNORED,
        "description.purpose": DESCRIBED,
        "description.authoritativeDefinitions": IGNORED,
        "schema[0].quality[0]": "for people: no rule",
        "schema[0].quality[1]": "for the engine soda: no rule",
        "schema[1]": "about another table",
        "price": IGNORED,
        "support": IGNORED,
        "slaProperties[0]": DESCRIBED,
        "servers": DESCRIBED,
    }
    lines = {entry.path: entry.line for entry in found}
    assert lines["schema[0].description"] == LINES_ABOVE + 2
    assert [entry.line for entry in found] == sorted(lines.values())


def test_a_contract_is_shown_with_what_it_enforces_and_what_it_keeps(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    (tmp_path / "contracts/silver").mkdir(parents=True)
    query = "{type: sql, query: SELECT avg(id) FROM t, mustBe: 1}"
    text = FULL.replace("- {type: text", f"- {query}\n  - {{type: text")
    (tmp_path / "contracts/silver/orders.odcs.yaml").write_text(text)
    command = ["contract", "show", "silver.orders", "--config", str(tmp_path / "config")]
    told = json.loads(CliRunner().invoke(tidegate, [*command, "--json"], catch_exceptions=False).stdout)
    assert [rule["id"] for rule in told["enforced"]] == ["id_is_not_null", "id_is_known", "row_count", "id_is_fresh"]
    assert [rule["kind"] for rule in told["not_enforced"]] == ["unenforced"]
    assert {entry["path"] for entry in told["kept"]} > {"price", "schema[0].quality[1]"}
    shown = CliRunner().invoke(tidegate, command, catch_exceptions=False).stdout
    parts = ["Enforced by the gate:", "Cannot be enforced, so the gate refuses to run:", "Not enforced:"]
    assert [line for line in shown.splitlines() if line in parts] == parts
