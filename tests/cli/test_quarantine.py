"""`tidegate quarantine …` as it is typed, over a small project."""

from __future__ import annotations

import json
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

BRONZE = TableName("bronze", "people")
PROJECT = {
    "config/base.yaml": """
project: {name: shop}
storage: {root: data}
contracts: {location: contracts}
jobs: {path: jobs}
lineage: {enabled: false}
""",
    "config/local.yaml": "{}",
    "contracts/silver/people.odcs.yaml": """
apiVersion: v3.1.0
kind: DataContract
id: silver.people
name: people
version: 1.0.0
status: active
slaProperties:
  - {property: retention, value: 2, unit: y}
schema:
  - name: people
    properties:
      - {name: id, physicalType: int, required: true, primaryKey: true, primaryKeyPosition: 1}
      - name: seq
        physicalType: int
        quality:
          - {name: seq_is_positive, type: custom, engine: tidegate, implementation: {rule: between, min: 0}}
      - {name: email, physicalType: string, classification: pii}
""",
    "jobs/silver/people.py": '''
"""Silver: people."""

from tidegate import Output, SparkJob, Upsert, entrypoint


class People(SparkJob):
    """Latest state of every person."""

    inputs = {"people": "bronze.people"}
    output = Output("silver.people", Upsert(keys=("id",), sequence_by="seq"))


JOB = entrypoint(People)
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


def typed(*words: str) -> Result:
    return NewProcess().invoke(tidegate, [*words, "--config", "config", "--env", "local"])


def said(*words: str) -> dict[str, object]:
    result = typed(*words, "--json")
    assert result.exit_code == 0, (result.output, result.exception)
    document: dict[str, object] = json.loads(result.stdout)
    return document


def states() -> dict[str, int]:
    tables = said("quarantine", "ls")["tables"]
    assert isinstance(tables, list)
    return dict(tables[0]["states"])


def refusal(*words: str) -> tuple[int, str]:
    error = typed(*words).exception
    return getattr(error, "exit_code", -1), str(error)


def arrive(spark: SparkSession, project: Path, values: Sequence[tuple[int, int, str]]) -> None:
    tables = Catalog({"bronze": Place("parquet", f"{project}/data/bronze")}, lambda: spark)
    frame = spark.createDataFrame(list(values), "id int, seq int, email string")
    tables.store(BRONZE).publish(rows_batch(frame, BRONZE), commit(1))


def test_rows_are_counted_shown_mended_replayed_and_kept_as_long_as_the_contract_says(
    project: Path, spark: SparkSession
) -> None:
    arrive(spark, project, [(1, 1, "a@x.org"), (2, -2, "b@x.org"), (3, -3, "c@x.org")])
    summary = typed("run", "silver.people")
    assert "tidegate quarantine show silver.people" in summary.stdout
    assert states() == {"open": 2}
    assert "seq_is_positive" in typed("quarantine", "ls", "silver.people", "--rule", "seq_is_positive").stdout

    shown = typed("quarantine", "show", "silver.people", "--where", "id = 2", "--limit", "5")
    assert "1 of 1 rows" in shown.stdout
    assert ("***" in shown.stdout, "@x.org" in shown.stdout) == (True, False)
    assert refusal("quarantine", "show", "silver.people", "--unmasked")[0] == 2
    allowed = typed("quarantine", "show", "silver.people", "--unmasked", "--set", "gate.show_personal_data=true")
    assert "b@x.org" in allowed.stdout

    change = ("quarantine", "fix", "silver.people", "--set", "seq=-seq", "--where", "id < 3")
    assert said(*change, "--dry-run")["changed"] == 1
    done = said(*change)
    assert (done["matched"], done["changed"], done["would_pass"]) == (1, 1, 1)
    rehearsed = typed("quarantine", "replay", "silver.people", "--where", "id = 2", "--dry-run")
    assert (rehearsed.exit_code, "nothing was written" in rehearsed.stdout) == (0, True)
    report = said("quarantine", "replay", "silver.people")
    assert (report["scope"], report["counts"]["published"]) == ("replay", 1)  # type: ignore[index]
    assert states() == {"open": 1, "replayed": 1}

    kept = said("quarantine", "expire", "silver.people")
    assert (kept["rows"], kept["arrivals"]) == ({}, 0)
    assert "removed: none" in typed("quarantine", "expire", "silver.people", "--older-than", "0d").stdout


def test_what_does_not_exist_is_told_with_the_nearest_name(project: Path, spark: SparkSession) -> None:
    assert typed("quarantine", "ls").stdout == "nothing is in quarantine\n"
    assert said("quarantine", "show", "quarantine.silver_people")["rows"] == []
    arrive(spark, project, [(1, -1, "a")])
    assert typed("run", "silver.people").exit_code == 0
    refused = {
        "did you mean silver.people?": ("show", "silver.peple"),
        "did you mean seq_is_positive?": ("ls", "--rule", "seq_is_positve"),
        "did you mean email?": ("show", "silver.people", "--where", "emial = 'a'"),
        "sets nothing": ("fix", "silver.people", "--set", "seq"),
        "no length of time": ("expire", "silver.people", "--older-than", "soon"),
    }
    for told, words in refused.items():
        code, text = refusal("quarantine", *words)
        assert (code, told in text) == (2, True), text
    code, text = refusal("quarantine", "fix", "silver.people", "--set", "seq=(SELECT 1)")
    assert (code, "cannot be used" in text) == (2, True)
    assert refusal("quarantine", "replay", "silver.people", "--where", "seq > (SELECT 1)")[0] == 2
