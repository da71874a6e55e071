"""`baseline` as it is typed: what is usual of a table, beside its contract."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.cli.conftest import PEOPLE
from tests.cli.running import NewProcess
from tests.tables.batches import commit, rows_batch

from tidegate.cli.commands import tidegate
from tidegate.contracts.documents import load_contract
from tidegate.errors import ConfigError, TableError
from tidegate.tables.catalog import Catalog, Place

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

RULES = """
    quality:
    - {type: custom, engine: tidegate, id: usual_id, implementation: {rule: outlier, by: iqr, max: 3, column: id}}
    - {type: custom, engine: tidegate, id: usual_mail, implementation: {rule: drift, by: psi, max: 1, column: mail}}
"""


def typed(*words: str) -> Result:
    return NewProcess().invoke(tidegate, ["baseline", "silver.people", *words])


def test_what_is_usual_is_written_beside_the_contract(people: Path, spark: SparkSession) -> None:
    contract = people / "contracts" / "silver" / "people.odcs.yaml"
    assert isinstance(typed().exception, ConfigError)
    contract.write_text(contract.read_text() + RULES)
    assert isinstance(typed().exception, TableError)
    store = Catalog({"silver": Place("parquet", f"{people}/data/silver")}, lambda: spark).store(PEOPLE)
    rows = spark.createDataFrame([(number, "a@x.org") for number in range(1, 9)], "id int, mail string")
    store.publish(rows_batch(rows, PEOPLE), commit(1))
    store.publish(rows_batch(rows.selectExpr("id + 100 as id", "mail"), PEOPLE), commit(2))
    first = typed("--version", "1")
    assert (first.exit_code, first.exception) == (0, None)
    assert "usual_id: iqr of id, 8 values" in first.output
    assert "usual_mail: left out, its column is classified" in first.output
    known = load_contract(str(contract)).baseline
    assert known is not None
    assert (known.table_version, [dict(one.numbers) for one in known.usual]) == (
        1,
        [{"low_quartile": 2.0, "high_quartile": 6.0}],
    )
    assert "a@x.org" not in (people / "contracts" / "silver" / "people.baseline.json").read_text()
    again = typed("--version", "1", "--check", "--json")
    assert (again.exit_code, json.loads(again.stdout)["is_new"]) == (0, False)
    newer = typed("--check", "--json")
    assert (newer.exit_code, json.loads(newer.stdout)["version"]) == (2, 2)
    assert load_contract(str(contract)).baseline == known
