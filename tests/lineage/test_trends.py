"""A run is found by its id and held against the runs of its job before it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.lineage.test_history import report

from tidegate.lineage.records import RunRecords, find_run, read_runs
from tidegate.lineage.trends import Trend, trend_of
from tidegate.model.reports import Counts, PipelineReport

if TYPE_CHECKING:
    from pathlib import Path

    from tidegate.model.reports import RunReport, RunStatus


def run(number: int, seconds: float, status: RunStatus = "succeeded", rows: int = 10) -> RunReport:
    made = report(number, "silver.a", "bronze.a", "silver.a")
    return replace(made, status=status, seconds={"total": seconds}, counts=Counts(read=rows, published=rows))


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    records = RunRecords(str(tmp_path))
    ended = [run(1, 1), run(2, 1), run(3, 9, "failed"), run(4, 2), run(5, 3, rows=0), run(6, 0.5, "nothing_new", 0)]
    for one in ended:
        records.ended(one)
    records.ended(replace(report(7, "gold", "silver.a", "gold.a")))
    pipeline = PipelineReport("0199c000-0000-7000-9000-000000000001", "shop", "failed", ended[0].started_at, "")
    records.pipeline_ended(pipeline)
    return tmp_path


def test_the_trend_is_of_the_runs_up_to_the_one_that_is_asked_for(lake: Path) -> None:
    assert trend_of(str(lake), find_run(str(lake), run(6, 0).run_id), last=20) == Trend(6, 5, 1.5, 10.0, 1.0, 2.5)
    assert trend_of(str(lake), run(2, 0), last=20) == Trend(2, 2, 1.0, 10.0, None, None)
    assert trend_of(str(lake), run(3, 0), last=1) == Trend(1, 0, None, None, None, None)
    assert trend_of(str(lake), PipelineReport("x", "shop", "failed", "", ""), last=3) is None


def test_runs_are_found_by_the_tables_that_they_read_or_wrote(lake: Path) -> None:
    found = {table: len(read_runs(str(lake), table=table)) for table in ("silver.a", "bronze.a", "gold.a", "x")}
    assert found == {"silver.a": 7, "bronze.a": 6, "gold.a": 1, "x": 0}
