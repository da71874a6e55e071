"""Pipelines by name: what cannot be run is told before anything starts. No Spark."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from tests.pipeline.project import PIPELINE, land, order, write_project

from tidegate import Lakehouse
from tidegate.cli.commands import tidegate
from tidegate.errors import RunStoppedError, TidegateError
from tidegate.factory.arguments import Arguments
from tidegate.factory.pipelines import AS_A_WHOLE, HowToRun
from tidegate.model.events import Observer, RunRefused
from tidegate.model.reports import PipelineReport, RunReport
from tidegate.pipeline.journal import Beginning, Journal, pipeline_folder
from tidegate.platforms.local import LocalPlatform
from tidegate.storage.lease import Terms, acquire

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

AGAIN = "    input: {type: new, table: gold.orders}\n    write: {type: append}"
BEGUN = "2024-01-31T06:00:00+00:00"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(LocalPlatform, "session", None)  # whoever asks for one fails
    return tmp_path


def typed(*words: str) -> Result:
    return CliRunner().invoke(tidegate, words)


def refused(*words: str) -> str:
    """Return what an error says, raised or told."""
    result = typed(*words)
    assert result.exit_code
    return f"{result.output}{result.exception}"


def test_a_second_run_is_refused_before_anything_starts(project: Path) -> None:
    acquire(f"{pipeline_folder(f'{project}/lake', 'shop')}/lease", "r1", Terms(60))
    result = typed("run", "shop")
    assert result.exit_code == 1
    assert "the pipeline is run already, by run r1" in result.output


def test_a_second_run_waits_where_it_is_told_to(project: Path) -> None:
    acquire(f"{pipeline_folder(f'{project}/lake', 'shop')}/lease", "r1", Terms(60))
    result = typed("run", "shop", "--set", "run.when_running=wait", "--set", "run.wait_seconds=0.2")
    assert (result.exit_code, "by run r1" in result.output) == (1, True)


def test_a_run_that_may_not_go_on_begins_no_job_and_gives_its_lease_back(project: Path) -> None:
    land(project, "1", order(1, "new", 1))
    how = HowToRun(stopped=lambda: RunStoppedError("somebody wants it to stop"))
    with Lakehouse.open(Arguments(config=f"{project}/config", env="local")) as lakehouse:
        reports = [lakehouse.run("shop", how) for _ in range(2)]  # the second one could not, were the lease still held
    for report in reports:
        assert isinstance(report, PipelineReport)
        assert {job.status for job in report.jobs} == {"skipped"}
        assert report.exit_code
    with Lakehouse.open(Arguments(config=f"{project}/config", env="local")) as lakehouse:
        alone = lakehouse.run("bronze.orders", how)
    assert isinstance(alone, RunReport)
    assert (alone.status, "somebody wants it to stop" in (alone.error or "")) == ("failed", True)


def test_nothing_new_starts_no_spark_and_leaves_nothing_to_resume(project: Path) -> None:
    result = typed("run", "shop", "--json")
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert {job["status"] for job in report["jobs"]} == {"nothing_new"}
    again = typed("run", "shop", "--resume", "--json")
    assert again.exit_code == 0
    assert json.loads(again.stdout)["jobs"] == []


def test_a_run_that_was_killed_goes_on(project: Path) -> None:
    jobs = ("bronze.orders", "silver.orders", "gold.orders", "gold.checked")
    Journal(pipeline_folder(f"{project}/lake", "shop"), Beginning("r1", BEGUN, BEGUN, jobs, done=jobs[:1]))
    land(project, "one", order(1, "open", 1))  # it landed later
    result = typed("run", "shop", "--resume")
    assert result.exit_code == 0, result.output
    assert f"goes on with run r1, as of {BEGUN}; done before: bronze.orders" in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "shop", "--resume"), "shop has never run"),
        (("run", "bronze.orders", "--resume"), "bronze.orders is no pipeline"),
        (("run", "bronze.orders", "--only", "x"), "bronze.orders is no pipeline"),
        (("run", "shop", "--only", "silver.order"), "did you mean silver.orders?"),
        (("run", "shop", "--only", "gold.orders", "--skip", "gold.orders"), "no job is left to run"),
        (("dag", "shopp"), "did you mean shop?"),
        (("dag", "shop", "--out", "x.gif"), ".svg, .png, .mmd, .json"),
        (("backfill", "shop", "--full-refresh"), "its jobs: gold.checked, gold.orders"),
    ],
)
def test_what_cannot_be_asked_for_is_told(project: Path, words: tuple[str, ...], said: str) -> None:
    assert said in refused(*words)


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("  - gold.checked", "  - gold.cheked", "shop.yaml:5:5", "did you mean gold.checked?"),
        ("keys: [order_id], sequence_by", "keys: [], sequence_by", "shop.yaml", "must not be empty"),
        ("job: bronze.orders", "job: gold.checked2.x", "shop.yaml:20:5", "is not a table name"),
        ("  - job: bronze.orders", "  - gold.checked\n  - job: bronze.orders", "shop.yaml:4:", "names a job twice"),
        ("  - gold.checked", f"  - job: gold.checked\n{AGAIN}", "shop.yaml:5:5", "declared twice"),
        ("{type: new, table: bronze.orders}", "{type: new, table: gold.checked}", "->", "in a circle"),
    ],
)
def test_what_a_file_says_wrong_is_told_with_its_place(
    project: Path, old: str, new: str, place: str, said: str
) -> None:
    assert old in PIPELINE
    (project / "config/pipelines/shop.yaml").write_text(PIPELINE.replace(old, new))
    told = refused("run", "shop")
    assert said in told
    assert place in told


@pytest.mark.parametrize(
    "words",
    [("run", "shop"), ("run", "silver.orders"), ("backfill", "shop", "--from", "2026-01-01", "--to", "2026-01-02")],
)
def test_a_column_that_no_contract_has_is_told_before_the_first_job_begins(
    project: Path, words: tuple[str, ...]
) -> None:
    land(project, "one", order(1, "open", 1))
    before, keys, rest = PIPELINE.rpartition("keys: [order_id]")
    assert keys
    (project / "config/pipelines/shop.yaml").write_text(f"{before}keys: [ordr_id]{rest}")
    assert "ordr_id is no column of silver.orders; did you mean order_id?" in refused(*words)
    assert not (project / "lake/bronze").exists()


class Told(Observer):
    """An observer that keeps what could not begin."""

    def __init__(self) -> None:
        self.refusals: list[RunRefused] = []

    def refused(self, event: RunRefused) -> None:
        self.refusals.append(event)


def told_of(*names: str, how: HowToRun = AS_A_WHOLE) -> list[RunRefused]:
    """Return what observers are told where none of these can begin."""
    told = Told()
    with Lakehouse.open(Arguments()).watched_by(told) as lakehouse:
        for name in names:
            with pytest.raises(TidegateError):
                lakehouse.run(name, how)
    return told.refusals


def test_a_run_that_cannot_begin_is_told_to_those_who_watch_runs(project: Path) -> None:
    (project / "contracts/silver/orders.odcs.yaml").unlink()
    found = told_of("shop", "silver.orders")
    assert [(one.name, one.is_pipeline, one.is_busy) for one in found] == [
        ("shop", True, False),
        ("silver.orders", False, False),
    ]
    assert all("silver.orders has no contract" in one.what and "silver/orders.odcs.yaml" in one.advice for one in found)


def test_a_run_that_meets_another_is_told_as_such(project: Path) -> None:
    acquire(f"{pipeline_folder(f'{project}/lake', 'shop')}/lease", "r1", Terms(60))
    (found,) = told_of("shop")
    assert found.is_busy


@pytest.mark.usefixtures("project")
def test_a_name_that_means_nothing_alarms_nobody() -> None:
    assert told_of("shopp", "silver.ordrs") == []


def test_two_pipelines_of_one_name_are_told(project: Path) -> None:
    text = (project / "jobs/checked.py").read_text()
    (project / "jobs/checked.py").write_text(text.replace('name="all"', 'name="shop"'))
    assert "two pipelines are called 'shop'" in refused("run", "shop")


def test_pipelines_of_files_and_of_python_are_listed_planned_and_drawn(project: Path) -> None:
    listed = json.loads(typed("jobs", "--json").stdout)["pipelines"]
    assert {one["name"]: len(one["jobs"]) for one in listed} == {"all": 4, "shop": 4}
    land(project, "one", order(1, "open", 1))
    for name in ("all", "shop"):
        planned = json.loads(typed("plan", name, "--json").stdout)["jobs"]
        assert [one["job"] for one in planned] == ["bronze.orders", "silver.orders", "gold.orders", "gold.checked"]
        assert planned[0]["rewrites"] == {"files": 0, "bytes": 0, "of": 0}
        assert planned[1]["after"] == ["bronze.orders"]
        assert typed("dag", name).output.count("-->") == 3
    assert typed("dag", "shop", "--out", f"{project}/x.json").exit_code == 0
    assert json.loads((project / "x.json").read_text())["name"] == "shop"
    assert "may follow, after bronze.orders" in typed("plan", "shop").output
