"""The summary of a backfill says how far it has come, why it did not go faster, and what it goes on with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tidegate.factory.backfilling import render_backfill, render_backfills, render_slices
from tidegate.model.backfills import BackfillReport, PipelineBackfillReport
from tidegate.model.reports import Counts, RunReport

if TYPE_CHECKING:
    from tidegate.model.reports import RunStatus

AT = "2024-01-31T06:00:00+00:00"


def run(day: int, status: RunStatus, error: str | None = None) -> RunReport:
    return RunReport(
        f"r{day}",
        "silver.orders",
        status,
        AT,
        AT,
        counts=Counts(read=2, published=2),
        error=error,
        interval=f"2024-01-0{day}",
        seconds={"total": 1.0},
    )


RUNS = (run(2, "succeeded"), run(3, "failed", "the disk is full"), run(4, "skipped", "slice 3 did not succeed"))
REPORT = BackfillReport("silver.orders", "backfill.x", "failed", AT, AT, 5, 1, RUNS, {"total": 3.0}, "a rule looks")


def test_a_backfill_that_failed_tells_the_slice_that_it_goes_on_with() -> None:
    text = render_backfill(REPORT)
    assert "2 of 5 slices are published, 1 of them by earlier calls" in text
    assert "one slice after the other: a rule looks" in text
    assert text.endswith("the disk is full\n  the same command goes on with this slice")
    good = replace(REPORT, status="succeeded", runs=RUNS[:1], in_order=None)
    assert (good.exit_code, good.failed) == (0, None)
    assert "goes on" not in render_backfill(good)
    assert "after the other" not in render_backfill(good)


def test_a_backfill_of_what_is_missing_says_that_nothing_is() -> None:
    said = "nothing is missing: each of these days was processed before"
    done = replace(REPORT, status="nothing_new", slices=0, done_before=0, runs=(), in_order=None)
    assert render_backfill(done).splitlines()[1:] == [f"  {said}"]
    assert render_slices("silver.orders: x", ()).splitlines() == ["silver.orders: x", "", f"  {said}"]


def test_a_backfill_of_a_pipeline_tells_of_each_job_and_of_those_that_were_left() -> None:
    report = PipelineBackfillReport(
        "shop", "partial", AT, AT, (REPORT,), {"gold": "built by dbt"}, ("silver.lines",), {"total": 4.0}
    )
    parts = render_backfills(report).split("\n\n")
    assert parts[0].startswith("shop: ")
    assert "as a job that they depend on did not succeed: silver.lines" in parts[-2]
    assert parts[-1] == "left as they are:\n  gold: built by dbt"
    assert report.exit_code == 4
    assert '"left_out":{"gold":"built by dbt"}' in report.to_json()
    assert len(render_backfills(replace(report, left_out={}, skipped=())).split("\n\n")) == len(parts) - 2
