"""A pipeline of a file runs, is rolled back over three formats, and goes on where it stopped with what it had then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cli.running import Running
from tests.pipeline.project import land, write_project

from tidegate.factory.arguments import Arguments
from tidegate.factory.lakehouse import Lakehouse
from tidegate.factory.pipelines import HowToRun
from tidegate.model.names import TableName
from tidegate.model.reports import PipelineReport

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark]

TABLES = ("bronze.orders", "silver.orders", "gold.orders")


@pytest.fixture
def project(tmp_path: Path, spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_project(tmp_path)
    monkeypatch.setattr("tidegate.factory.lakehouse.choose_platform", lambda *_: Running(spark))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(how: HowToRun | None = None, name: str = "all") -> PipelineReport:
    with Lakehouse.open(Arguments()) as lakehouse:
        report = lakehouse.run(name, how or HowToRun())
    assert isinstance(report, PipelineReport)
    return report


def rows() -> dict[str, list[tuple[object, ...]]]:
    with Lakehouse.open(Arguments()) as lakehouse:
        stores = {table: lakehouse.tables.store(TableName.parse(table)) for table in TABLES}
        frames = {table: store.read(TableName.parse(table)) for table, store in stores.items()}
        return {
            table: sorted(map(tuple, frame.select("order_id", "state").collect())) for table, frame in frames.items()
        }


def test_three_tables_are_taken_back_and_the_run_goes_on_with_what_it_had(project: Path) -> None:
    land(project, "one", "1, open ,2024-01-01T00:00:00Z")
    assert run().status == "succeeded"
    before = rows()
    assert before["gold.orders"] == [(1, "OPEN")]
    (project / "wrong").touch()
    land(project, "two", "1,paid,2024-01-02T00:00:00Z", "2,open,2024-01-02T00:00:00Z")

    failed = run()
    assert failed.status == "failed"
    assert {(one.table, one.error) for one in failed.rolled_back} == {(table, None) for table in TABLES}
    assert rows() == before
    (project / "wrong").unlink()
    land(project, "three", "3,open,2024-01-03T00:00:00Z")

    resumed = run(HowToRun(is_resuming=True))
    assert (resumed.status, resumed.resumes, resumed.logical_at) == ("succeeded", failed.run_id, failed.started_at)
    assert rows()["gold.orders"] == [(1, "PAID"), (2, "OPEN")]  # what landed later is for the next run
    again = run(HowToRun(is_resuming=True))
    assert (again.status, again.jobs) == ("nothing_new", ())
    assert run().status == "succeeded"
    assert rows()["gold.orders"] == [(1, "PAID"), (2, "OPEN"), (3, "OPEN")]


@pytest.mark.default_line
def test_a_run_that_skipped_dependents_goes_on_with_these_alone(project: Path) -> None:
    land(project, "one", "1,open,2024-01-01T00:00:00Z")
    (project / "wrong").touch()
    failed = run(name="shop")
    assert failed.status == "partial"
    (project / "wrong").unlink()
    resumed = run(HowToRun(is_resuming=True), name="shop")
    assert [job.job for job in resumed.jobs] == ["gold.checked"]
    assert resumed.done_before == TABLES
