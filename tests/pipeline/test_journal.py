"""A run that failed or was killed goes on after what it had done, with what it had begun with."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pipeline.fakes import Diary, FakeJob, context, plan
from tests.pipeline.test_run import SIZE, graphs

from tidegate import storage
from tidegate.errors import ReportError
from tidegate.model.reports import PipelineReport, RunReport
from tidegate.model.rollbacks import RolledBack
from tidegate.model.transfers import OutputWritten
from tidegate.pipeline.journal import Beginning, Journal, last_run, pipeline_folder
from tidegate.pipeline.run import Plan, run_pipeline

if TYPE_CHECKING:
    from pathlib import Path

BEGUN = "2024-01-31T06:00:00+00:00"
JOBS = ("a", "b", "c")


def beginning(run_id: str = "r1", **more: object) -> Beginning:
    return Beginning(run_id, BEGUN, BEGUN, JOBS, {"bronze.x": 7, "bronze.y": None}, **more)  # type: ignore[arg-type]


def ended(job: str, status: str = "succeeded", version: int | None = 3) -> RunReport:
    output = OutputWritten(f"silver.{job}", version_after=version)
    return RunReport("r", job, status, BEGUN, BEGUN, output=output)  # type: ignore[arg-type]


def whole(status: str, *undone: RolledBack) -> PipelineReport:
    return PipelineReport("r1", "p", status, BEGUN, BEGUN, rolled_back=undone)  # type: ignore[arg-type]


def test_a_pipeline_that_never_ran_has_no_past(tmp_path: Path) -> None:
    assert last_run(f"{tmp_path}") is None


def test_a_run_that_was_killed_is_known_by_what_it_had_done(tmp_path: Path) -> None:
    journal = Journal(f"{tmp_path}", beginning())
    journal.note(ended("a"))
    past = last_run(f"{tmp_path}")
    assert past is not None
    assert (past.is_good, past.done, past.left) == (False, ("a",), ("b", "c"))
    assert past.pins.moment == datetime(2024, 1, 31, 6, tzinfo=timezone.utc)
    assert past.pins.versions == {"bronze.x": 7, "bronze.y": None, "silver.a": 3}


def test_a_run_that_ended_well_leaves_nothing(tmp_path: Path) -> None:
    journal = Journal(f"{tmp_path}", beginning())
    for job in JOBS:
        journal.note(ended(job))
    journal.end(whole("succeeded"))
    past = last_run(f"{tmp_path}")
    assert past is not None
    assert (past.is_good, past.left) == (True, ())


def test_what_was_taken_back_is_to_be_done_again(tmp_path: Path) -> None:
    journal = Journal(f"{tmp_path}", beginning())
    for job in JOBS:
        journal.note(ended(job, "failed" if job == "c" else "succeeded"))
    undone = RolledBack("silver.a", "a", 3, 2, 4), RolledBack("silver.b", "b", 3, 2, error="not taken back")
    journal.end(whole("failed", *undone))
    past = last_run(f"{tmp_path}")
    assert past is not None
    assert (past.done, past.left) == (("b",), ("a", "c"))
    assert "silver.a" not in past.pins.versions


def test_the_last_run_is_the_one_that_began_last(tmp_path: Path) -> None:
    for run_id, day in (("r2", "2024-02-01"), ("r1", "2024-01-31"), ("r3", "2024-01-30")):
        Journal(f"{tmp_path}", Beginning(run_id, f"{day}T00:00:00+00:00", BEGUN, JOBS))
    past = last_run(f"{tmp_path}")
    assert past is not None
    assert past.beginning.run_id == "r2"


def test_a_journal_that_is_none_is_told(tmp_path: Path) -> None:
    storage.write_new(f"{tmp_path}/runs/date=2024-01-31/r1/start.json", b"[]")
    with pytest.raises(ReportError):
        last_run(f"{tmp_path}")


def test_a_run_goes_on_where_the_lake_takes_no_journal(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file where a folder is to be")
    journal = Journal(f"{tmp_path}", beginning())
    jobs = {"a": FakeJob("a", Diary())}
    report = run_pipeline(plan({"a": frozenset()}, jobs), context(), journal=journal)
    assert report.status == "succeeded"


def test_orchestration_takes_less_than_50_ms_a_job(tmp_path: Path) -> None:
    upstream = {f"j{n}": frozenset({f"j{n // 2}"} - {f"j{n}"}) for n in range(100)}
    jobs = {name: FakeJob(name, Diary()) for name in upstream}
    journal = Journal(f"{tmp_path}", Beginning("r", BEGUN, BEGUN, tuple(upstream)))
    start = time.perf_counter()
    report = run_pipeline(plan(upstream, jobs), context(), parallel_jobs=4, journal=journal)
    assert time.perf_counter() - start < 0.05 * len(upstream)
    assert report.status == "succeeded"


def test_a_name_is_a_folder_of_its_own() -> None:
    assert pipeline_folder("/lake", "a.b").endswith("/_tidegate/pipelines/a.b")


@settings(max_examples=40)
@given(graphs, st.lists(st.sets(st.integers(0, SIZE - 1), max_size=3), max_size=4))
def test_however_often_it_fails_every_job_succeeds_once_in_its_order(
    tmp_path_factory: pytest.TempPathFactory, upstream: dict[str, frozenset[str]], failures: list[set[int]]
) -> None:
    """Runs that go on until one ends well have run what an uninterrupted one had, in an order that it could have."""
    folder = str(tmp_path_factory.mktemp("journal"))
    succeeded: list[str] = []
    whole_plan = plan(upstream, {})
    for number, bad in enumerate([*failures, set()]):
        past = last_run(folder)
        if past is not None and past.is_good:
            break
        graph = whole_plan.graph.among(past.left) if past else whole_plan.graph
        jobs = {
            name: FakeJob(name, Diary(), "failed" if name in {f"j{n}" for n in bad} else "succeeded")
            for name in graph.order
        }
        start = Beginning(f"r{number}", BEGUN, BEGUN, graph.order, done=past.done if past else ())
        made = plan({name: graph.upstream[name] for name in graph.order}, jobs)
        report = run_pipeline(
            Plan("p", graph, made.jobs), context(), run_id=f"r{number}", journal=Journal(folder, start)
        )
        succeeded += [job.job for job in report.jobs if job.status == "succeeded"]
    assert sorted(succeeded) == sorted(upstream)
    place = {job: number for number, job in enumerate(succeeded)}
    assert all(place[above] < place[job] for job, needed in upstream.items() for above in needed)


def test_a_run_that_goes_on_reads_databases_up_to_where_the_first_of_them_did(tmp_path: Path) -> None:
    journal = Journal(f"{tmp_path}", beginning())
    journal.reached("a", "orders", "sequence:7")
    journal.reached("b", "orders", "instant:2024-01-31T05:00:00+00:00")
    past = last_run(f"{tmp_path}")
    assert past is not None
    expected = {"a/orders": "sequence:7", "b/orders": "instant:2024-01-31T05:00:00+00:00"}
    assert (past.pins.cursors, past.pins.is_resuming) == (expected, True)
    second = Journal(f"{tmp_path}", beginning("r2", resumes="r1", cursors=past.pins.cursors))
    second.reached("c", "orders", "sequence:9")
    again = last_run(f"{tmp_path}")
    assert again is not None
    assert again.pins.cursors == {**expected, "c/orders": "sequence:9"}
