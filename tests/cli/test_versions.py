"""`run --as-of`, `diff` and `restore` as they are typed, over a small project whose table is in Iceberg."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tests.cli.running import NewProcess, Running
from tests.tables.batches import commit, rows_batch

from tidegate.cli.commands import tidegate
from tidegate.model.names import TableName
from tidegate.tables.catalog import Catalog, Place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from click.testing import Result
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.default_line]

BRONZE, SILVER = TableName("bronze", "orders"), TableName("silver", "orders")
PROJECT = {
    "config/base.yaml": """
project: {name: shop}
storage:
  root: data
  layers: {silver: {format: iceberg}}
contracts: {location: contracts}
jobs: {path: jobs}
lineage: {enabled: false}
""",
    "config/local.yaml": "{}",
    "contracts/silver/orders.odcs.yaml": """
apiVersion: v3.1.0
kind: DataContract
id: silver.orders
name: orders
version: 1.0.0
status: active
schema:
  - name: orders
    properties:
      - {name: id, physicalType: int, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: seq, physicalType: int}
      - {name: text, physicalType: string}
""",
    "jobs/silver/orders.py": '''
"""Silver: orders."""

from tidegate import Output, SparkJob, Upsert, entrypoint


class Orders(SparkJob):
    """Latest state of every order."""

    inputs = {"orders": "bronze.orders"}
    output = Output("silver.orders", Upsert(keys=("id",), sequence_by="seq"))


JOB = entrypoint(Orders)
''',
}


@pytest.fixture
def project(tmp_path: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in PROJECT.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.setattr("tidegate.factory.lakehouse.choose_platform", lambda *_: Running(spark))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def typed(*words: str, answer: str | None = None) -> Result:
    return NewProcess().invoke(tidegate, [*words, "--config", "config", "--env", "local"], input=answer)


def said(*words: str) -> dict[str, object]:
    result = typed(*words, "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    document: dict[str, object] = json.loads(result.stdout)
    return document


@dataclass(frozen=True)
class Shop:
    """The tables behind the project."""

    spark: SparkSession
    tables: Catalog

    @property
    def version(self) -> int | None:
        return self.tables.store(SILVER).version(SILVER)

    def rows(self) -> list[tuple[object, ...]]:
        found = self.tables.store(SILVER).read(SILVER).select("id", "seq", "text")
        return sorted(tuple(row) for row in found.collect())

    def run(self, number: int, values: Sequence[tuple[int, int, str]]) -> list[tuple[object, ...]]:
        """Let rows arrive, run the job, and return what its table holds."""
        frame = self.spark.createDataFrame(list(values), "id int, seq int, text string")
        self.tables.store(BRONZE).publish(rows_batch(frame, BRONZE), commit(number))
        assert said("run", "silver.orders")["status"] == "succeeded"
        return self.rows()


def test_a_run_is_rehearsed_compared_taken_back_and_made_again(project: Path, spark: SparkSession) -> None:
    kinds = {"bronze": "parquet", "silver": "iceberg"}
    places = {layer: Place(kind, f"{project}/data/{layer}") for layer, kind in kinds.items()}
    shop = Shop(spark, Catalog(places, lambda: spark))
    before = shop.run(1, [(1, 1, "a"), (2, 1, "a")])
    after = shop.run(2, [(2, 2, "b"), (3, 1, "a")])
    assert after == [(1, 1, "a"), (2, 2, "b"), (3, 1, "a")]

    again = said("run", "silver.orders", "--as-of", "2")
    assert (again["scope"], again["status"], shop.version) == ("as-of", "succeeded", 2)
    assert again["counts"]["published"] == 2  # type: ignore[index]
    found = said("diff", "silver.orders", "1", "2")
    assert (found["added"], found["removed"], found["changed"]) == (1, 0, 1)

    plan = said("restore", "silver.orders", "--to", "1")
    assert (plan["rows_before"], plan["rows_after"], plan["version_after"]) == (3, 2, None)
    refused = typed("restore", "silver.orders", "--to", "1", answer="n\n")
    assert (refused.exit_code, refused.output.count("nothing was changed")) == (1, 1)
    assert shop.rows() == after
    assert said("restore", "silver.orders", "--to", "1", "--yes")["version_after"] == 3
    assert shop.rows() == before
    assert said("run", "silver.orders")["status"] == "succeeded"
    assert shop.rows() == after, "what the restore withdrew was read once more"
    assert shop.version == 4
