"""`tidegate dlq …` as it is typed: what failed for good is told with error, attempts and origin, and tried again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

import pytest
from tests.cli.running import NewProcess, Running

from tidegate.cli.commands import tidegate
from tidegate.dispatch.spool import Spool
from tidegate.lineage.records import RunRecords
from tidegate.model.reports import RunReport
from tidegate.model.transfers import InputRead

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result
    from pyspark.sql import SparkSession

    from tidegate.model.reports import RunStatus

Found: TypeAlias = "dict[str, dict[str, object]]"

SECRET = "sw0rdfish"  # noqa: S105 - what must not be told
_PROJECT = {
    "config/base.yaml": """
project: {name: shop}
storage:
  root: lake
  layers: {bronze: {format: parquet}, quarantine: {format: parquet}}
landing: {root: landing}
contracts: {location: contracts}
jobs: {path: jobs}
lineage: {enabled: false}
""",
    "config/local.yaml": "{}",
    "jobs/bronze_people.py": '''
"""Bronze: people."""

from tidegate import Append, Files, Output, SparkJob, entrypoint


class People(SparkJob):
    """People as they arrive."""

    inputs = {"people": Files("people", "jsonl")}
    output = Output("bronze.people", Append())


JOB = entrypoint(People)
''',
    "contracts/bronze/people.odcs.yaml": """
apiVersion: v3.1.0
kind: DataContract
id: bronze.people
name: people
version: 1.0.0
status: active
schema:
  - name: people
    properties:
      - {name: id, physicalType: bigint}
      - {name: mail, physicalType: string, classification: pii}
    quality:
      - {name: has_rows, type: custom, engine: tidegate, severity: warn, implementation: {rule: row_count, min: 1}}
""",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in _PROJECT.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def typed(*words: str) -> Result:
    return NewProcess().invoke(tidegate, ["dlq", *words])


def listed(*words: str) -> Found:
    result = typed("ls", *words, "--json")
    assert result.exit_code == 0, result.output
    return {one["id"]: one for one in json.loads(result.stdout)["dead_letters"]}


def ran(root: Path, number: int, status: RunStatus, scope: str = "live") -> RunReport:
    at = f"2026-11-{number:02}T08:00:00+00:00"
    read = (InputRead("people", "people", "files", "jsonl", "landing/people"),)
    error = "the feed cannot be read\n  where: people" if status == "failed" else None
    report = RunReport(
        f"0199c000-0000-7000-8000-{number:012d}", "bronze.people", status, at, at, inputs=read, error=error, scope=scope
    )
    RunRecords(str(root / "lake")).ended(report)
    return report


def test_a_batch_is_dead_from_its_first_failure_until_a_run_is_good(project: Path) -> None:
    """Runs of backfills say nothing of it, neither their failures nor their successes."""
    assert listed() == {}
    assert "nothing has failed" in typed("ls").output
    ran(project, 1, "failed")
    ran(project, 2, "succeeded")
    ran(project, 3, "failed", scope="backfill.x")
    assert listed() == {}
    runs = [ran(project, 4, "failed"), ran(project, 5, "refused"), ran(project, 6, "failed")]
    ran(project, 7, "succeeded", scope="backfill.x")
    ran(project, 8, "skipped")
    found = listed("--kind", "batch")["batch/bronze.people"]
    assert (found["attempts"], found["since"], found["last_at"]) == (3, runs[0].started_at, runs[2].ended_at)
    assert (found["error"], found["origin"]) == (runs[2].error, "people")
    told = typed("show", "batch/bronze.people").output
    assert all(run.run_id in told for run in runs)
    assert "the feed cannot be read" in typed("ls").output
    ran(project, 9, "nothing_new")
    assert listed() == {}


def test_a_message_is_dead_once_its_receiver_refuses_it_and_waits_again_when_it_is_replayed(project: Path) -> None:
    spools = {
        kind: Spool(str(project.joinpath("lake", "_tidegate", *place, "marquez")))
        for kind, place in {"lineage": ["spool"], "alerts": ["alerts", "spool"]}.items()
    }
    for kind, spool in spools.items():
        spool.refused.add("01700000000000000000-000001-x.json", f"{kind}".encode(), error="answered 422", attempts=2)
    spools["lineage"].refused.add("00000000000000000001.json", b"old", error="", attempts=1)
    (project / "lake/_tidegate/spool/marquez/refused/00000000000000000001.json.why").unlink()  # of an older release
    ids = [f"message/{kind}/marquez/01700000000000000000-000001-x" for kind in ("alerts", "lineage")]
    old = "message/lineage/marquez/00000000000000000001"
    found = listed("--kind", "message")
    assert set(found) == {*ids, old}
    assert (found[old]["error"], found[old]["attempts"], found[old]["since"]) == (None, None, None)
    assert (found[ids[1]]["error"], found[ids[1]]["attempts"]) == ("answered 422", 2)
    assert (found[ids[1]]["origin"], found[ids[1]]["since"]) == ("lineage for marquez", "2023-11-14T22:13:20+00:00")
    assert json.loads(typed("show", ids[0], "--json").stdout)["details"] == "alerts"

    assert typed("replay", ids[0]).exit_code == 0
    assert spools["alerts"].names() == ("01700000000000000000-000001-x.json",)
    assert spools["alerts"].read(spools["alerts"].names()[0]) == "alerts"
    assert set(listed()) == {ids[1], old}
    assert json.loads(typed("expire", "--older-than", "1d", "--json").stdout)["messages"] == []
    dry = json.loads(typed("expire", "--older-than", "0d", "--dry-run", "--json").stdout)
    assert dry == {"messages": [], "is_dry_run": True}  # set aside today


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "nonsense"], "is no dead letter"),
        (["show", "batch/"], "is no dead letter"),
        (["replay", "batch/bronze.people"], "there is no dead letter"),
        (["expire", "batch/bronze.people", "--older-than", "1d"], "not removed by its id"),
        (["expire", "--older-than", "soon"], "no length of time"),
    ],
)
def test_mistakes_are_told(project: Path, words: list[str], said: str) -> None:
    result = typed(*words)
    assert result.exit_code != 0
    assert said in str(result.exception)


@pytest.mark.spark
@pytest.mark.default_line
def test_records_that_cannot_be_read_are_dead_until_they_are_replayed_or_expired(
    project: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidegate.factory.lakehouse.choose_platform", lambda *_: Running(spark))
    place = project / "landing" / "people"
    place.mkdir(parents=True)
    (place / "one.jsonl").write_text(f'{{"id": 1, "mail": "a"}}\n{{"id": "{SECRET}"}}\n{SECRET}\n')
    assert NewProcess().invoke(tidegate, ["run", "bronze.people"]).exit_code == 0
    found = listed()["records/bronze.people"]
    assert (found["count"], found["attempts"], found["origin"]) == (2, 2, "people")
    assert SECRET not in json.dumps(found)
    shown = json.loads(typed("show", "records/bronze.people", "--json").stdout)["details"]
    assert shown["total"] == 2
    assert {row["origin"]["source_file"] for row in shown["rows"]} == {"one.jsonl"}
    assert "2 from people" in typed("show", "records/bronze.people").output
    replayed = json.loads(typed("replay", "records/bronze.people", "--json").stdout)
    assert (replayed["scope"], replayed["counts"]["read"]) == ("replay", 2)
    gone = json.loads(typed("expire", "records/bronze.people", "--older-than", "30d", "--json").stdout)
    assert gone["arrivals"] == 0
