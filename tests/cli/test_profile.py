"""`profile` as it is typed: what is said of data, and a contract that they hold."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import pytest
from tests.cli.conftest import PEOPLE
from tests.cli.running import NewProcess
from tests.tables.batches import commit, rows_batch

from tidegate.cli.commands import tidegate
from tidegate.contracts.documents import load_contract
from tidegate.errors import TidegateError
from tidegate.tables.catalog import Catalog, Place

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

SECRET = "zqsecret@x.org"  # noqa: S105 - stands for personal data
# Its last line is no JSON, and a field is seen only after a thousand lines.
ORDERS = [
    *(
        {
            "order_id": f"A-{1000 + number}",
            "people_id": 1 + number % 2,
            "mail": SECRET,
            "state": "paid",
            "sum": number / 4,
        }
        for number in range(1_005)
    ),
    {"order_id": "A-9999", "people_id": 1, "mail": SECRET, "state": "rare", "sum": 1, "new": 1},
]


def typed(*words: str) -> Result:
    return NewProcess().invoke(tidegate, [*words])


def said(*words: str) -> dict[str, object]:
    result = typed("profile", *words, "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    document: dict[str, object] = json.loads(result.stdout)
    return document


@pytest.fixture
def orders(people: Path, spark: SparkSession) -> Path:
    rows = spark.createDataFrame([(1, "a@x.org"), (2, "b@x.org")], "id int, mail string")
    Catalog({"silver": Place("parquet", f"{people}/data/silver")}, lambda: spark).store(PEOPLE).publish(
        rows_batch(rows, PEOPLE), commit(1)
    )
    (people / "orders.jsonl").write_text("\n".join(map(json.dumps, ORDERS)) + "\n{broken\n")
    return people


def test_data_hold_the_contract_that_is_proposed_for_them(orders: Path) -> None:
    found = said("orders.jsonl", "--out", "silver/orders.odcs.yaml")
    assert (found["table"], found["rows"]) == ("silver.orders", 1_006)
    assert (found["unreadable_records"], found["records_with_other_fields"]) == (1, 1)
    contract = load_contract(str(orders / "silver" / "orders.odcs.yaml"))
    assert {column.name: column.type for column in contract.columns} == {
        "order_id": "string",
        "people_id": "bigint",
        "mail": "string",
        "state": "string",
        "sum": "decimal(7,2)",
    }
    assert contract.primary_key == ("order_id",)
    assert [str(key.table) for key in contract.foreign_keys] == ["silver.people"]
    assert {rule.kind for rule in contract.rules if rule.columns == ("mail",)} == {"not_null", "email"}
    result = typed("validate", "orders.jsonl", "--contract", "silver/orders.odcs.yaml", "--json")
    failed = {rule["id"]: rule["failed"] for rule in json.loads(result.stdout)["rules"] if rule["failed"]}
    lacking = {f"{name}_is_not_null": 1 for name in contract.column_names}
    assert failed == {**lacking, "record_is_readable": 1}, "the broken line alone"


def test_no_report_shows_personal_data(orders: Path) -> None:
    for report in ("text", "json", "html"):
        result = typed("profile", "orders.jsonl", "--format", report, "--report", f"report.{report}")
        assert result.exit_code == 0, result.exception
        text = (orders / f"report.{report}").read_text()
        assert SECRET not in text + result.output
        assert "mail" in text
        assert "paid" in text or report == "text"
    assert "<script" not in (orders / "report.html").read_text()


def test_tables_databases_and_parquet_keep_their_types(orders: Path, spark: SparkSession) -> None:
    table = said("silver.people", "--out", "table/people.odcs.yaml")
    assert [column["type"] for column in table["columns"]] == ["int", "string"]  # type: ignore[attr-defined]
    assert typed("validate", "silver.people", "--contract", "table/people.odcs.yaml").exit_code == 0
    with sqlite3.connect(orders / "shop.db") as database:
        database.execute("create table visits (visit_id integer, person_id integer, seconds double)")
        database.executemany("insert into visits values (?, ?, ?)", [(number, 1, 0.5) for number in range(30)])
    query = "select * from visits where visit_id < 20"
    found = said(query, "--connection", "shop", "--table", "bronze.visits", "--out", "visits.odcs.yaml")
    assert (found["rows"], found["proposal"]["primary_key"]) == (20, ["visit_id"])  # type: ignore[index]
    assert typed("validate", query, "--connection", "shop", "--contract", "visits.odcs.yaml").exit_code == 0
    spark.range(30).selectExpr("id", "array(id) as list", "date '2024-01-31' as day").write.parquet(str(orders / "ids"))
    found = said("ids", "--out", "ids.odcs.yaml")
    assert [column["type"] for column in found["columns"]] == ["bigint", "array<bigint>", "date"]  # type: ignore[attr-defined]
    assert typed("validate", "ids", "--contract", "ids.odcs.yaml").exit_code == 0


def test_files_are_looked_at_where_there_is_no_project(people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(people / "good")
    found = said("people.csv", "--out", "new/people.odcs.yaml")
    assert (found["rows"], found["table"]) == (2, "new.people")
    assert typed("validate", "people.csv", "--contract", "new/people.odcs.yaml").exit_code == 0
    asked = typed("validate", "people.csv", "--contract", "new/people.odcs.yaml", "--env", "prod", "--config", "none")
    assert "there is no configuration" in str(asked.exception)


def test_files_without_a_field_are_refused(people: Path) -> None:
    (people / "none.csv").write_text("")
    result = typed("profile", "none.csv")
    assert isinstance(result.exception, TidegateError)
    assert "the files show no field" in str(result.exception)


def test_a_contract_that_is_there_is_not_written_over(people: Path) -> None:
    result = typed("profile", "good/people.csv", "--out", "contracts/silver/people.odcs.yaml")
    assert isinstance(result.exception, TidegateError)
    assert result.exception.exit_code == 2
    assert "there is a file already" in str(result.exception)
    assert "classification: pii" in (people / "contracts/silver/people.odcs.yaml").read_text()
