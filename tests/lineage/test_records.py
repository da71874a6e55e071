"""The record of a run can be read back, the newest first, with as few files opened as are asked for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from tests.lineage.strategies import REPORTS

from tidegate.errors import ReportError
from tidegate.lineage.records import RunRecords, find_run, read_runs
from tidegate.model.reports import PipelineReport, RunReport
from tidegate.storage import read_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from tidegate.model.reports import RunStatus


def run(number: int, *, status: RunStatus = "succeeded", job: str = "silver.orders", day: int = 21) -> RunReport:
    started_at = f"2026-11-{day}T08:00:00+00:00"
    return RunReport(f"0199c000-0000-7000-8000-{number:012d}", job, status, started_at, started_at)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the addresses of the files that are read from now on."""
    uris: list[str] = []

    def counted(uri: str) -> bytes:
        uris.append(uri)
        return read_bytes(uri)

    monkeypatch.setattr("tidegate.lineage.records.read_bytes", counted)
    return uris


def keep(root: Path, *reports: RunReport) -> None:
    observer = RunRecords(str(root))
    for report in reports:
        observer.ended(report)
    observer.close()


@given(REPORTS)
@settings(max_examples=30)
def test_any_report_is_read_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, report: RunReport) -> None:
    root = tmp_path_factory.mktemp("lake")
    keep(root, report)
    assert read_runs(str(root), limit=5) == (report,)
    assert read_runs(str(root), limit=5, job=report.job) == (report,)


def test_the_newest_comes_first_over_days(tmp_path: Path) -> None:
    reports = [run(1, day=19), run(2, day=20), run(3, day=21), run(4, day=21)]
    keep(tmp_path, reports[2], reports[0], reports[3], reports[1])
    assert read_runs(str(tmp_path), limit=10) == tuple(reversed(reports))
    assert read_runs(str(tmp_path), limit=0) == ()


def test_a_pipelines_run_is_a_record_beside_those_of_its_jobs(tmp_path: Path) -> None:
    job = run(2)
    pipeline = PipelineReport("0199c000-0000-7000-8000-000000000001", "retail", "succeeded", "2026-11-21", "", (job,))
    keep(tmp_path, job)
    RunRecords(str(tmp_path)).pipeline_ended(pipeline)
    assert read_runs(str(tmp_path), limit=10) == (job, pipeline)


def test_only_what_is_asked_for_is_opened(tmp_path: Path, opened: list[str]) -> None:
    keep(tmp_path, *(run(number, job="a" if number % 3 else "b.c/d") for number in range(20)))
    assert len(read_runs(str(tmp_path), limit=3)) == 3
    assert len(opened) == 3
    assert [report.run_id for report in read_runs(str(tmp_path), limit=2, job="b.c/d")] == [
        run(18).run_id,
        run(15).run_id,
    ]
    assert len(opened) == 5


def test_jobs_whose_long_names_begin_alike_are_told_apart(tmp_path: Path) -> None:
    one, other = run(1, job="x" * 300 + "1"), run(2, job="x" * 300 + "2")
    keep(tmp_path, one, other)
    assert read_runs(str(tmp_path), limit=10, job=one.job) == (one,)


def test_failures_are_found_by_their_names(tmp_path: Path, opened: list[str]) -> None:
    keep(tmp_path, run(1, status="failed"), run(2), run(3, status="refused"), run(4, status="nothing_new"))
    keep(tmp_path, run(5, status="skipped"))
    found = read_runs(str(tmp_path), limit=10, failed=True)
    assert [report.status for report in found] == ["skipped", "refused", "failed"]
    assert len(opened) == 3


def test_a_lake_without_runs_has_none(tmp_path: Path) -> None:
    assert read_runs(str(tmp_path), limit=10) == ()


def test_what_is_no_record_is_left_out_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    keep(tmp_path, run(1))
    folder = tmp_path / "_tidegate" / "runs" / "date=2026-11-21"
    (folder / f"{run(2).run_id}.job.failed.x.json").write_text("{")
    (folder / f"{run(3).run_id}.job.failed.x.json").write_bytes(b"\xff")
    (folder / "notes.txt").write_text("hello")
    (tmp_path / "_tidegate" / "runs" / "README").write_text("hello")
    with caplog.at_level(logging.WARNING, "tidegate.lineage"):
        assert read_runs(str(tmp_path), limit=10) == (run(1),)
    assert len(caplog.records) == 2
    with pytest.raises(ReportError, match="no record"):
        find_run(str(tmp_path), run(2).run_id)


def test_a_record_that_cannot_be_written_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "_tidegate").write_text("a file where a folder should be")
    with caplog.at_level(logging.WARNING, "tidegate.lineage"):
        keep(tmp_path, run(1))
    assert "the record of run" in caplog.text


def test_a_run_is_found_by_its_id_the_beginning_of_it_or_the_newest_of_its_name(tmp_path: Path) -> None:
    orders, lines, pipeline = (
        run(1),
        run(2, job="silver.lines"),
        PipelineReport("p", "shop", "failed", "2026-11-21", ""),
    )
    keep(tmp_path, orders, lines)
    RunRecords(str(tmp_path)).pipeline_ended(pipeline)
    root = str(tmp_path)
    assert find_run(root, orders.run_id) == orders
    assert find_run(root, lines.run_id[:-1] + "2") == lines
    assert find_run(root, "silver.lines") == lines
    assert find_run(root, "shop") == pipeline
    assert read_runs(root, job="shop") == (pipeline,)
    with pytest.raises(ReportError, match="2 runs have an id that begins with 0199c000"):
        find_run(root, "0199c000")
    with pytest.raises(ReportError, match="no record of a run 0199"):
        find_run(root, "0199")
