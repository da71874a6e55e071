"""A pipeline of a file runs, is rolled back over three formats, and goes on where it stopped with what it had then."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from tests.cli.running import Running
from tests.pipeline.project import contract, land, order, write_project

from tidegate.factory.arguments import Arguments
from tidegate.factory.backfills import HowToFill
from tidegate.factory.lakehouse import Lakehouse
from tidegate.factory.pipelines import HowToRun
from tidegate.factory.render_plan import render_plan
from tidegate.model.names import TableName
from tidegate.model.reports import PipelineReport
from tidegate.model.slices import Backfill, Span
from tidegate.pipeline.selection import Selection
from tidegate.platforms.local import LocalPlatform

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
    land(project, "one", order(1, " open ", 1))
    assert run().status == "succeeded"
    before = rows()
    assert before["gold.orders"] == [(1, "OPEN")]
    (project / "wrong").touch()
    land(project, "two", order(1, "paid", 1, changed=2), order(2, "open", 2))

    failed = run()
    assert failed.status == "failed"
    assert {(one.table, one.error) for one in failed.rolled_back} == {(table, None) for table in TABLES}
    assert rows() == before
    (project / "wrong").unlink()
    land(project, "three", order(3, "open", 3))

    resumed = run(HowToRun(is_resuming=True))
    assert (resumed.status, resumed.resumes, resumed.logical_at) == ("succeeded", failed.run_id, failed.logical_at)
    assert rows()["gold.orders"] == [(1, "PAID"), (2, "OPEN")]  # what landed later is for the next run
    again = run(HowToRun(is_resuming=True))
    assert (again.status, again.jobs) == ("nothing_new", ())
    assert run().status == "succeeded"
    assert rows()["gold.orders"] == [(1, "PAID"), (2, "OPEN"), (3, "OPEN")]


@pytest.mark.default_line
def test_a_run_that_skipped_dependents_goes_on_with_these_alone(project: Path) -> None:
    land(project, "one", order(1, "open", 1))
    (project / "wrong").touch()
    failed = run(name="shop")
    assert failed.status == "partial"
    (project / "wrong").unlink()
    resumed = run(HowToRun(is_resuming=True), name="shop")
    assert [job.job for job in resumed.jobs] == ["gold.checked"]
    assert resumed.done_before == TABLES


@pytest.mark.default_line
def test_a_plan_tells_the_days_the_files_and_what_the_contract_changes_without_spark(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(project, "one", order(1, "open", 1), order(2, "open", 9))
    assert run().status == "succeeded"
    land(project, "two", order(1, "paid", 1, changed=2))
    upto = Selection(only=("bronze.orders", "silver.orders"))
    assert run(HowToRun(upto)).status == "succeeded"
    monkeypatch.setattr("tidegate.factory.lakehouse.choose_platform", lambda *_: LocalPlatform({}))
    monkeypatch.setattr(LocalPlatform, "session", None)

    with Lakehouse.open(Arguments()) as lakehouse:
        found = {one.job: one for one in lakehouse.plan("all")}
    gold = found["gold.orders"]
    assert (gold.is_due, str(gold.window), gold.after) == (True, "2024-01-01", ("silver.orders",))
    assert gold.rewrites is not None
    assert (gold.rewrites.files, gold.rewrites.of) == (1, 1)
    assert not found["gold.checked"].is_due
    assert not any(one.blocked for one in found.values())

    typed = {
        "order_id": "bigint",
        "state": "int",
        "placed_at": "timestamp",
        "updated_at": "timestamp",
        "note": "string",
    }
    for layer in ("silver", "gold"):
        (project / f"contracts/{layer}/orders.odcs.yaml").write_text(contract(f"{layer}.orders", typed, "order_id"))
    (project / "contracts/bronze/orders.odcs.yaml").unlink()
    with Lakehouse.open(Arguments()) as lakehouse:
        changed = {one.job: one for one in lakehouse.plan("all")}
        assert "blocked" in render_plan(tuple(changed.values()))
    assert "no contract" in changed["bronze.orders"].blocked[0]
    for job, above in (("silver.orders", "bronze.orders"), ("gold.orders", "silver.orders")):
        assert changed[job].changes == ("add note: nothing > string",)
        assert changed[job].blocked[0] == f"{above} is blocked"
        assert "state is int, the table has string" in changed[job].blocked[1]


@pytest.mark.default_line
def test_a_backfill_of_a_pipeline_fills_tables_in_its_order_and_live_runs_find_them_as_they_would_have_made_them(
    project: Path,
) -> None:
    """The first slices of each job are empty; the last has what arrived today, of a table by its commits."""
    land(project, "one", *(order(number, "open", number) for number in range(1, 5)))
    today = datetime.now(tz=timezone.utc).date()
    request = Backfill(Span(today - timedelta(days=3), today + timedelta(days=2)), by="arrival", every="2 days")
    with Lakehouse.open(Arguments()) as lakehouse:
        report = lakehouse.backfill_pipeline("all", request, HowToFill(parallel=3))
        again = lakehouse.backfill_pipeline("all", request, HowToFill(parallel=3))
    assert report.status == "succeeded", [job.failed for job in report.jobs]
    assert [(job.job, job.published, job.counts.published) for job in report.jobs] == [
        (job, 3, 4) for job in (*TABLES, "gold.checked")
    ]
    assert (again.status, again.exit_code) == ("nothing_new", 0)
    assert rows()["gold.orders"] == [(number, "OPEN") for number in range(1, 5)]
    live = run()
    assert live.status == "succeeded"
    assert {job.job: job.counts.unchanged for job in live.jobs} == {
        "bronze.orders": 0,
        "silver.orders": 4,
        "gold.orders": 4,
        "gold.checked": 4,
    }
    assert not any(job.counts.published for job in live.jobs)
