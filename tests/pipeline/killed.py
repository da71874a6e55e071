"""Runs a pipeline of three jobs whose second one kills the process: `python killed.py FOLDER`."""

from __future__ import annotations

import os
import signal
import sys

from tests.pipeline.fakes import Diary, FakeJob, context, plan

from tidegate.pipeline.journal import Beginning, Journal
from tidegate.pipeline.run import run_pipeline
from tidegate.storage.lease import Terms, acquire

BEGUN = "2024-01-31T06:00:00+00:00"
UPSTREAM = {"a": frozenset[str](), "b": frozenset({"a"}), "c": frozenset({"b"})}

if __name__ == "__main__":
    folder = sys.argv[1]
    jobs = {name: FakeJob(name, Diary()) for name in UPSTREAM}
    jobs["b"].meet = lambda: os.kill(os.getpid(), signal.SIGKILL)
    lease = acquire(f"{folder}/lease", "r1", Terms(1.0))
    lease.keep()
    journal = Journal(folder, Beginning("r1", BEGUN, BEGUN, tuple(UPSTREAM), {"bronze.x": 7}))
    run_pipeline(plan(UPSTREAM, jobs), context(stopped=lease.stopped), run_id="r1", journal=journal)
