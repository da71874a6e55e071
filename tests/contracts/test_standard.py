"""Documents hold to the standard's own schema, those of the reference lakehouse and those shown in the guide."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft201909Validator  # type: ignore[import-untyped]

from tidegate.contracts import load_contract, load_contracts

ROOT = Path(__file__).parents[2]
CONTRACTS = sorted((ROOT / "contracts").rglob("*.odcs.yaml"))
PUBLISHED = sorted((Path(__file__).parent / "standard").glob("odcs-json-schema-v3.1.*.json"))


def schemas() -> list[object]:
    """Return the schema that comes with the standard's package, and the one published for the contracts' version."""
    return [
        json.loads((files("open_data_contract_standard") / "schema.json").read_text(encoding="utf-8")),
        *(json.loads(file.read_text()) for file in PUBLISHED),
    ]


@pytest.mark.parametrize("file", CONTRACTS, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_contract_of_the_lakehouse_is_valid_and_loads(file: Path) -> None:
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    faults = [error.message for schema in schemas() for error in Draft201909Validator(schema).iter_errors(document)]
    assert faults == []
    assert load_contract(str(file)).rules


def test_every_foreign_key_of_the_lakehouse_leads_to_a_contract() -> None:
    book = load_contracts(str(ROOT / "contracts"))
    keys = [key for table in book.tables for key in book.get(table).foreign_keys]
    assert all(set(key.references) <= set(book.get(key.table).column_names) for key in keys)
