"""A small project around one table of people, on the session that the tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cli.running import Running

from tidegate.model.names import TableName

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

PEOPLE = TableName("silver", "people")
_PROJECT = {
    "config/base.yaml": """
project: {name: shop}
storage:
  root: data
  layers: {silver: {format: parquet}}
contracts: {location: contracts}
jobs: {path: jobs}
lineage: {enabled: false}
connections:
  shop: {url: "jdbc:sqlite:FOLDER/shop.db", driver: org.sqlite.JDBC}
""",
    "config/local.yaml": "{}",
    "jobs/people.py": '''
"""Silver: people."""

from tidegate import Append, Database, Output, Snapshot, SparkJob, entrypoint


class People(SparkJob):
    """Every person, as the shop's database has them."""

    inputs = {"people": Database("shop", Snapshot(("id",)), table="people")}
    output = Output("silver.people", Append())


JOB = entrypoint(People)
''',
    "contracts/silver/people.odcs.yaml": """
apiVersion: v3.1.0
kind: DataContract
id: silver.people
name: people
version: 1.0.0
status: active
schema:
  - name: people
    properties:
      - {name: id, physicalType: int, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: mail, physicalType: string, classification: pii, logicalTypeOptions: {format: email}}
""",
    "good/people.csv": "id,mail\n1,a@x.org\n2,\n",
    "bad/one.csv": "id,mail\n1,a@x.org\n1,nobody\n",
    "bad/two.csv": "id,mail\nx,<b>\n",
}


@pytest.fixture
def people(tmp_path: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in _PROJECT.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("FOLDER", str(tmp_path)))
    for opens in ("lakehouse", "projects"):
        monkeypatch.setattr(f"tidegate.factory.{opens}.choose_platform", lambda *_: Running(spark))
    monkeypatch.chdir(tmp_path)
    return tmp_path
