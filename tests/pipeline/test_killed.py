"""A run whose process is killed holds up the next for as long as its lease lasts, which then does the rest."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.pipeline import killed
from tests.pipeline.fakes import Diary, FakeJob, context, plan

from tidegate.errors import PipelineBusyError
from tidegate.pipeline.journal import Beginning, Journal, last_run
from tidegate.pipeline.run import Plan, run_pipeline
from tidegate.storage.lease import Terms, acquire


@pytest.mark.integration
def test_what_a_killed_run_had_not_done_is_done_by_the_next(tmp_path: Path) -> None:
    folder, root = f"{tmp_path}", Path(killed.__file__).parents[2]
    environ = {**os.environ, "PYTHONPATH": f"{root}"}
    ended = subprocess.run([sys.executable, killed.__file__, folder], env=environ, cwd=root, check=False)
    assert ended.returncode < 0
    with pytest.raises(PipelineBusyError, match="by run r1"):
        acquire(f"{folder}/lease", "r2", Terms(30.0))
    lease = acquire(f"{folder}/lease", "r2", Terms(1.0, 30, slack_seconds=0.2))

    past = last_run(folder)
    assert past is not None
    assert (past.end, past.done, past.left) == (None, ("a",), ("b", "c"))
    graph = plan(killed.UPSTREAM, {}).graph.among(past.left)
    jobs = {name: FakeJob(name, Diary()) for name in graph.order}
    start = Beginning("r2", killed.BEGUN, past.beginning.logical_at, graph.order, done=past.done, resumes="r1")
    made = Plan("p", graph, plan(dict(graph.upstream), jobs).jobs)
    report = run_pipeline(made, context(stopped=lease.stopped, pins=past.pins), journal=Journal(folder, start))
    assert (report.status, [job.job for job in report.jobs]) == ("succeeded", ["b", "c"])
    assert (report.resumes, report.done_before, report.logical_at) == ("r1", ("a",), killed.BEGUN)
    assert jobs["b"].seen[0].pins is not None
    assert jobs["b"].seen[0].pins.versions == {"bronze.x": 7, "silver.a": 1}
    lease.release()
    again = last_run(folder)
    assert again is not None
    assert again.is_good
