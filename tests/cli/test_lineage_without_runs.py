"""Questions about lineage that have no answer say what to do; answers have a form for people, programs and diagrams."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from click.testing import CliRunner
from tests.lineage.test_graph import LINEAGE, with_lineage
from tests.lineage.test_history import emit, report

from tidegate.cli.audit import command as audit
from tidegate.cli.lineage import command as lineage
from tidegate.cli.maintain import command as maintain
from tidegate.cli.runs import command as runs
from tidegate.job.derivation import derive
from tidegate.lineage.records import RunRecords
from tidegate.model.column_lineage import ColumnLineage, Derivation, Influence
from tidegate.model.reports import Counts, PipelineReport
from tidegate.model.resources import Resources

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import DataFrame

    from tidegate.job.context import RunContext

pytest.importorskip("openlineage.client")

USED = Resources(cpu_seconds=2.5, peak_memory_bytes=3 * 1024**2, shuffle_read_bytes=0)
SETTINGS = """
project: {name: shop}
storage: {root: lake, layers: {silver: {format: parquet}}}
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a project without jobs."""
    for folder in ("config", "jobs", "contracts"):
        (tmp_path / folder).mkdir()
    (tmp_path / "config" / "base.yaml").write_text(f"{SETTINGS}jobs: {{path: {tmp_path}/jobs}}\n")
    (tmp_path / "config" / "local.yaml").write_text("{}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def lake(project: Path) -> Path:
    """Pay: from bronze by silver to gold."""
    root = project / "lake"
    silver = ColumnLineage({"cents": Derivation((Influence("in", "euros", "TRANSFORMATION"),))})
    emit(
        root,
        with_lineage(1, silver, source="bronze.pay", target="silver.pay", names=("cents",)),
        with_lineage(2, LINEAGE),
    )
    return root


def ask(*arguments: str) -> str:
    answer = CliRunner().invoke(lineage, arguments)
    assert answer.exit_code == 0, answer.output
    return answer.output


def error(*arguments: str) -> str:
    answer = CliRunner().invoke(lineage, arguments)
    assert answer.exit_code != 0
    return f"{answer.exception} {answer.output}"


def test_without_events_there_is_nothing_to_say() -> None:
    assert "there are no lineage events yet" in error("silver.pay")


@pytest.mark.usefixtures("lake")
def test_a_name_that_no_event_knows_is_told_with_those_that_are_known() -> None:
    assert "no event tells of gold.pays; did you mean gold.pay?" in error("gold.pays")
    assert "tables: bronze.pay" in error("x")
    assert "no event tells of a column totals of gold.pay; did you mean total?" in error("gold.pay.totals")
    assert "no event tells of the end of run nothing" in error("gold.pay", "--as-of", "nothing")
    assert "no event tells of batch 4 of gold.pay" in error("gold.pay", "--batch", "4")
    assert "no event tells that run r has written a table" in error("gold.pay", "--run", "r")
    assert "no table has read the file pay/x.csv" in error("pay/x.csv")
    assert "give one of" in error("gold.pay", "--batch", "4", "--run", "r")


@pytest.mark.usefixtures("lake")
def test_a_column_is_a_tree_with_what_decides_and_what_is_not_known() -> None:
    assert ask("gold.pay.total").splitlines() == [
        "gold.pay.total",
        "├─ silver.pay.cents  aggregation",
        "│  └─ bronze.pay.euros  transformation",
        "└─ silver.pay.kind  conditional",
        "",
        "which rows there are is decided by:",
        "  of        by                how",
        "  --------  ----------------  ------",
        "  gold.pay  gold.other.id     join",
        "  gold.pay  silver.pay.cents  filter",
    ]
    shown = ask("gold.pay.mail")
    assert shown.startswith("gold.pay.mail (personal)\n└─ silver.pay.mail  transformation, masked\n")
    assert "not known:\n  gold.pay.mail: a Python function" in shown
    assert "  (nothing)" in ask("gold.pay.made_up")
    down = ask("silver.pay.cents", "--downstream").splitlines()
    assert down == ["silver.pay.cents", "├─ gold.pay  filter", "└─ gold.pay.total  aggregation"]


@pytest.mark.usefixtures("lake")
def test_what_was_shown_is_not_spelt_out_again(project: Path) -> None:
    twice = (Influence("in", "total", "IDENTITY"), Influence("in", "mail", "TRANSFORMATION"))
    more = ColumnLineage({"total": Derivation(twice), "mail": Derivation((Influence("in", "total", "IDENTITY"),))})
    emit(project / "lake", with_lineage(3, more, source="gold.pay", target="gold.pay"))
    assert ask("gold.pay.mail").splitlines() == [
        "gold.pay.mail (personal)",
        "└─ gold.pay.total  identity",
        "   ├─ gold.pay.mail (personal)  transformation  (see above)",
        "   └─ gold.pay.total  identity  (see above)",
    ]


def test_a_run_whose_plan_nobody_saw_says_so(project: Path) -> None:
    connect = derive(cast("DataFrame", object()), {}, cast("RunContext", SimpleNamespace(look_into=lambda _: None)))
    assert connect is not None
    emit(project / "lake", with_lineage(1, connect.lineage()))
    said = "Spark Connect does not show the plan"
    shown = ask("gold.pay")
    assert f"not known:\n  rows of gold.pay: {said}" in shown
    assert "silver.pay" in shown  # which tables it read is known all the same
    assert json.loads(ask("gold.pay", "--format", "json"))["unknown"] == [{"place": "gold.pay", "why": said}]
    assert f"what the columns of gold.pay are made of is not known: {said}" in error("gold.pay.total")


@pytest.mark.usefixtures("lake")
def test_answers_are_documents_and_diagrams_too() -> None:
    document = json.loads(ask("gold.pay.mail", "--format", "json"))
    assert document["links"][0]["masked"] is True
    assert document["personal"] == ["gold.pay.mail"]
    assert document["unknown"] == [{"place": "gold.pay.mail", "why": "a Python function"}]
    diagram = ask("gold.pay.total", "--format", "mmd").splitlines()
    assert diagram[0] == "flowchart LR"
    assert '  n0["gold.pay.total"]' in diagram
    assert "  n1 -->|aggregation| n0" in diagram


def test_rows_of_a_run_are_followed_to_all_versions_that_took_them(lake: Path) -> None:
    run = json.loads(ask("silver.pay", "--format", "json"))["links"][0]["run_id"]
    shown = ask("silver.pay", "--run", run)
    assert shown.startswith(f"run {run}: its rows went on to\n")
    assert ask("silver.pay", "--run", run, "--format", "mmd").startswith('flowchart LR\n  n0["silver.pay version 1"]')
    assert lake.is_dir()


def test_a_table_that_is_not_there_has_no_history() -> None:
    answer = CliRunner().invoke(audit, ["silver.pay"])
    assert "there is no table silver.pay" in str(answer.exception)


def test_events_of_past_days_are_compacted(lake: Path) -> None:
    emit(lake, report(1, "again", "a", "b"))
    answer = CliRunner().invoke(maintain, ["events"])
    assert (answer.exit_code, answer.output) == (0, "events: 0 files of 0 days became one file a day\n")
    day = lake / "_tidegate" / "events" / "date=2026-11-01"
    (day / "other.jsonl").write_text(next(day.glob("0*.jsonl")).read_text())
    answer = CliRunner().invoke(maintain, ["events", "--json"])
    assert json.loads(answer.output) == {"days": 1, "files": 2}


def test_a_run_is_shown_with_how_its_job_has_gone(project: Path) -> None:
    records = RunRecords(str(project / "lake"))
    for number, seconds in enumerate((4.0, 4.0, 2.0, 2.0), start=1):
        made = report(number, "silver.pay", "bronze.pay", "silver.pay")
        records.ended(replace(made, seconds={"total": seconds}, counts=Counts(8, 8), resources=USED))
    pipeline = PipelineReport(
        "0199c000-0000-7000-9000-000000000001", "shop", "failed", "2026-11-02", "", seconds={"total": 1.0}
    )
    records.pipeline_ended(pipeline)
    shown = CliRunner().invoke(runs, ["show", "0199c000-0000-7000-8000-000000000004"]).output
    assert "wrote silver.pay version 4" in shown
    assert "read bronze.pay (new) from 0 to 4" in shown
    assert "rate: 4.0 rows/s" in shown
    assert "used: CPU 2.5 s, peak memory 3.0 MiB, shuffle read 0.0 MiB" in shown
    assert "of its last runs 4 of 4 ended well (100%)" in shown
    assert "median of those with news: 3.0 s, 3.0 rows/s" in shown
    assert "trend: 4.0 s, then 2.0 s (-50%)" in shown
    assert "shop: FAILED" in CliRunner().invoke(runs, ["show", "0199c000-0000-7000-9"]).output
    document = json.loads(CliRunner().invoke(runs, ["show", "0199c000-0000-7000-8000-000000000001", "--json"]).output)
    assert document["trend"]["runs"] == 1
    assert CliRunner().invoke(runs, ["--table", "nothing"]).output == "no runs\n"
