"""From a column of silver back to the landing file, forward from a bad file, and by batch: asked of two real runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.cli.running import NewProcess, Running
from tests.lineage.schemas import check_event

from tidegate.cli.audit import command as audit
from tidegate.cli.lineage import command as lineage
from tidegate.cli.run import command as run
from tidegate.cli.runs import command as runs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import click
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

_CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: LAYER.NAME
name: NAME
version: 1.0.0
status: active
schema:
  - name: NAME
    properties:
      - {name: id, physicalType: bigint}
      - {name: mail, physicalType: string, classification: pii}
      - {name: cents, physicalType: bigint}
    quality:
      - {name: has_rows, type: custom, engine: tidegate, severity: warn, implementation: {rule: row_count, min: 1}}
"""
_PROJECT = {
    "config/base.yaml": """
project: {name: shop}
storage:
  root: lake
  layers: {bronze: {format: parquet}, silver: {format: parquet}}
landing: {root: landing}
contracts: {location: contracts}
jobs: {path: jobs}
""",
    "config/local.yaml": "{}",
    "jobs/bronze_people.py": '''
"""Bronze: people."""

from tidegate import Append, Files, Output, SparkJob, entrypoint


class People(SparkJob):
    """People as they arrive."""

    inputs = {"people": Files("people", "csv")}
    output = Output("bronze.people", Append())


JOB = entrypoint(People)
''',
    "jobs/silver_people.py": '''
"""Silver: people."""

from pyspark.sql import functions as F

from tidegate import Append, Output, SparkJob, entrypoint


class People(SparkJob):
    """People who have paid, nobody's mail legible."""

    inputs = {"raw": "bronze.people"}
    output = Output("silver.people", Append())

    def transform(self, inputs):
        paid = inputs["raw"].filter(F.col("cents") > 0)
        return paid.select("id", F.sha2("mail", 256).alias("mail"), (F.col("cents") * 2).alias("cents"))


JOB = entrypoint(People)
''',
    "contracts/bronze/people.odcs.yaml": _CONTRACT.replace("NAME", "people").replace("LAYER", "bronze"),
    "contracts/silver/people.odcs.yaml": _CONTRACT.replace("NAME", "people").replace("LAYER", "silver"),
}


@pytest.fixture(scope="module")
def shop(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two days of people, in a lake of their own."""
    folder = tmp_path_factory.mktemp("shop")
    for name, text in _PROJECT.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (folder / "landing" / "people").mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tidegate.factory.lakehouse.choose_platform", lambda *_: Running(spark))
        patch.chdir(folder)
        for day, rows in (("one", "1,a@x.org,5\n2,b@x.org,7\n"), ("two", "3,c@x.org,9\n")):
            (folder / "landing" / "people" / f"{day}.csv").write_text(f"id,mail,cents\n{rows}")
            for job in ("bronze.people", "silver.people"):
                done = NewProcess().invoke(run, [job])
                assert done.exit_code == 0, done.output
    return folder


@pytest.fixture(autouse=True)
def _here(shop: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask without Spark: a session that is asked for is a failure."""
    monkeypatch.setattr("tidegate.factory.lakehouse.Lakehouse.session", None)
    monkeypatch.chdir(shop)


def ask(command: click.Command, *arguments: str) -> str:
    answer = NewProcess().invoke(command, arguments)
    assert answer.exit_code == 0, answer.output
    return answer.output


def links(command: Sequence[str]) -> set[tuple[str, str, tuple[str, ...], bool]]:
    document = json.loads(ask(lineage, *command, "--format", "json"))
    return {(one["source"], one["target"], tuple(one["ways"]), one["masked"]) for one in document["links"]}


def test_a_column_leads_back_to_the_column_of_the_feed_and_masks_are_said(shop: Path) -> None:
    feed = f"{shop}/landing/people"
    assert links(["silver.people.cents"]) == {
        ("bronze.people.cents", "silver.people.cents", ("TRANSFORMATION",), False),
        (f"{feed}.cents", "bronze.people.cents", ("IDENTITY",), False),
    }
    assert ("bronze.people.mail", "silver.people.mail", ("TRANSFORMATION",), True) in links(["silver.people.mail"])
    text = ask(lineage, "silver.people.mail")
    assert "└─ bronze.people.mail (personal)  transformation, masked" in text
    assert "silver.people  bronze.people.cents  filter" in text


def test_downstream_is_what_a_column_is_made_into_and_whose_rows_it_decides(shop: Path) -> None:
    assert links(["bronze.people.cents", "--downstream"]) == {
        ("bronze.people.cents", "silver.people.cents", ("TRANSFORMATION",), False),
        ("bronze.people.cents", "silver.people", ("FILTER",), False),
    }
    assert ask(lineage, "bronze.people", "--downstream", "--format", "mmd").startswith("flowchart LR\n  n0[")


def test_a_file_leads_to_every_version_that_its_rows_have_gone_to(shop: Path) -> None:
    for name in ("people/two.csv", f"{shop}/landing/people/two.csv"):
        found = json.loads(ask(lineage, name, "--format", "json"))
        assert [(step["table"], step["version"], step["published"]) for step in found["steps"]] == [
            ("bronze.people", 2, 1),
            ("silver.people", 2, 1),
        ]
    assert "files of bronze.people version 2:\n  people/two.csv" in ask(lineage, "people/two.csv")


def test_rows_of_a_batch_are_followed_both_ways(shop: Path) -> None:
    down = json.loads(ask(lineage, "bronze.people", "--batch", "1", "--format", "json"))
    assert [(step["table"], step["version"]) for step in down["steps"]] == [("bronze.people", 1), ("silver.people", 1)]
    up = json.loads(ask(lineage, "silver.people", "--batch", "2", "--upstream", "--format", "json"))
    assert [(step["table"], step["version"]) for step in up["steps"]] == [("bronze.people", 2), ("silver.people", 2)]
    assert up["files"] == [["bronze.people", 2, ["people/two.csv"]]]
    as_of = down["steps"][0]["run_id"]
    assert "(nothing)" not in ask(lineage, "bronze.people", "--as-of", as_of)
    assert NewProcess().invoke(lineage, ["silver.people", "--as-of", as_of]).exit_code == 1


def test_an_audit_tells_every_version_with_its_run_files_and_columns(shop: Path) -> None:
    document = json.loads(ask(audit, "silver.people", "--json"))
    assert [(one["version"], one["job"], one["batch"]) for one in document["versions"]] == [
        (1, "silver.people", 1),
        (2, "silver.people", 2),
    ]
    assert document["versions"][0]["columns"]["mail"] == ["bronze.people.mail: transformation, masked"]
    assert document["versions"][1]["columns"] == {}
    assert "files of version 1:\n  one.csv" in ask(audit, "bronze.people")
    assert json.loads(ask(audit, "silver.people", "--to", "2001-01-01", "--json"))["versions"] == []


def test_runs_are_found_by_table_and_shown_whole(shop: Path) -> None:
    found = json.loads(ask(runs, "--table", "silver.people", "--json"))["runs"]
    assert [one["job"] for one in found] == ["silver.people", "silver.people"]
    shown = ask(runs, "show", found[0]["run_id"])
    assert "silver.people: ok" in shown
    assert "rows/s" in shown
    assert "2 of 2" in shown


def test_no_value_of_a_row_is_in_any_event(shop: Path) -> None:
    files = list((shop / "lake" / "_tidegate" / "events").rglob("*.jsonl"))
    assert files
    for file in files:
        text = file.read_text()
        assert "x.org" not in text
        for line in text.splitlines():
            check_event(line)
