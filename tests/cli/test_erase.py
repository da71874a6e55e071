"""`tidegate erase` as it is typed, and a landing file that is sent again after it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.cli.running import NewProcess, Running

from tidegate.cli.commands import tidegate

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.default_line]

PROJECT = {
    "config/base.yaml": """
project: {name: shop}
storage: {root: data}
landing: {root: landing}
contracts: {location: contracts}
jobs: {path: jobs}
lineage: {enabled: false}
privacy:
  key: file:key.txt
  layers: {silver: {pii: hash}}
""",
    "config/local.yaml": "{}",
    "key.txt": "a key for tests, of many bytes\n",
    "contracts/bronze/people.odcs.yaml": """
apiVersion: v3.1.0
kind: DataContract
id: bronze.people
version: 1.0.0
status: active
schema:
  - name: people
    properties:
      - {name: id, physicalType: string, classification: pii}
      - {name: mail, physicalType: string, classification: pii}
    quality:
      - {name: rows, type: custom, engine: tidegate, severity: warn, implementation: {rule: row_count, min: 0}}
""",
    "contracts/silver/people.odcs.yaml": """
apiVersion: v3.1.0
kind: DataContract
id: silver.people
version: 1.0.0
status: active
schema:
  - name: people
    properties:
      - {name: id, physicalType: string, classification: pii, required: true, primaryKey: true, primaryKeyPosition: 1}
      - name: mail
        physicalType: string
        classification: pii
        customProperties: [{property: privacy, value: mask}]
        quality:
          - {type: custom, engine: tidegate, severity: error, implementation: {rule: email}}
""",
    "jobs/people.py": '''
"""Bronze: people."""

from tidegate import Append, Files, Output, SparkJob, entrypoint


class People(SparkJob):
    """Every person as they came."""

    inputs = {"files": Files("people", format="jsonl")}
    output = Output("bronze.people", Append())


JOB = entrypoint(People)
''',
    "jobs/known.py": '''
"""Silver: people."""

from tidegate import Append, New, Output, SparkJob, entrypoint


class Known(SparkJob):
    """Every person once."""

    inputs = {"people": New("bronze.people")}
    output = Output("silver.people", Append())

    def transform(self, inputs):
        return inputs["people"].select("id", "mail")


JOB = entrypoint(Known)
''',
    "landing/people/one.jsonl": """
{"id":"anna","mail":"a@x.org"}
{"id":"bert","mail":"b@x.org"}
{"id":"carl","mail":"none"}
""".lstrip(),
}


@pytest.fixture
def shop(tmp_path: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in PROJECT.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.setattr("tidegate.factory.lakehouse.choose_platform", lambda *_: Running(spark))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def typed(*words: str, expected: int = 0, answer: str | None = None) -> Result:
    """Run a command and check how it ended; no value and no key is ever said."""
    result = NewProcess().invoke(tidegate, words, input=answer)
    assert result.exit_code == expected, (result.output, result.exception)
    assert "a key for tests" not in result.output
    return result


def test_a_person_who_was_erased_does_not_come_back_with_a_file(shop: Path) -> None:
    for job in ("bronze.people", "silver.people"):
        typed("run", job)

    asked = typed("erase", "--subject", "id=-", expected=1, answer="anna\nn\n")
    assert "bronze.people" in asked.output
    assert "anna" not in asked.output.replace("COLUMN", "")
    assert not (shop / "data/_tidegate/erasures").exists()
    proof = json.loads(typed("erase", "--subject", "id=anna", "--now", "--json").stdout)
    assert proof["status"] == "complete"
    assert {one["table"]: one["found"] for one in proof["tables"] if one["found"]} == {
        "bronze.people": 1,
        "silver.people": 1,
    }
    typed("erase", "--subject", "id=carl", "--yes", "--now")
    (shop / "landing/people/two.jsonl").write_text(PROJECT["landing/people/one.jsonl"])
    first = json.loads(typed("run", "bronze.people", "--json").stdout)
    assert (first["counts"]["read"], first["counts"]["published"], first["counts"]["erased"]) == (3, 1, 2)
    typed("run", "silver.people")
    rebuilt = json.loads(typed("backfill", "bronze.people", "--full-refresh", "--json").stdout)
    assert rebuilt["counts"]["erased"] == 4
    assert [json.loads(typed("erase", "--finish", "--json").stdout)] == [[]]

    (shop / "key.txt").write_text("another key, of as many bytes")
    (shop / "landing/people/three.jsonl").write_text('{"id":"anna"}\n')
    failed = typed("run", "bronze.people", expected=1)
    assert "another privacy key" in failed.output + str(failed.exception)
    typed("erase", expected=2)
    typed("erase", "--subject", "id", expected=1)
